/* SPDX-License-Identifier: MIT */
/* Compare zlib's inflate with a new stream for each use, and with one stream that is reset. */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <alloc_tracker/alloc_tracker.h>

enum { N = 1000 };

static unsigned char plain[4096];
static unsigned char packed[4096];
static unsigned char out[4096];
static uLongf packed_size = sizeof packed;

static void unpack(z_stream *stream)
{
    stream->next_in = packed;
    stream->avail_in = (uInt) packed_size;
    stream->next_out = out;
    stream->avail_out = sizeof out;
    inflate(stream, Z_FINISH);
}

static void with_a_new_stream(void)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    inflateInit(&stream);
    unpack(&stream);
    inflateEnd(&stream);
}

int main(void)
{
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (unsigned char) (i * i >> 8);
    compress(packed, &packed_size, plain, sizeof plain);

    struct at_session *session = at_session_new();
    at_measure_thread (at_session_operation(session, "new stream"), N) {
        for (int i = 0; i < N; i++)
            with_a_new_stream();
    }

    z_stream stream;
    memset(&stream, 0, sizeof stream);
    inflateInit(&stream);
    unpack(&stream);
    at_measure_thread (at_session_operation(session, "reused stream"), N) {
        for (int i = 0; i < N; i++) {
            inflateReset(&stream);
            unpack(&stream);
        }
    }
    inflateEnd(&stream);

    at_session_print(session, stdout);
    at_session_free(session);
    return 0;
}
