/* SPDX-License-Identifier: MIT */
/* zlib: streams, whole buffers, files. */
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <alloc_tracker/criterion.h>

static unsigned char plain[4096];
static unsigned char packed[8192];

static uLong pack(void)
{
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (unsigned char) (i * i / 7);
    uLong size = sizeof packed;
    cr_assert_eq(compress(packed, &size, plain, sizeof plain), Z_OK);
    return size;
}

Test(zlib, compress2)
{
    pack();
    cr_alloc_failure_sweep()
    {
        uLong size = sizeof packed;
        compress2(packed, &size, plain, sizeof plain, Z_BEST_COMPRESSION);
    }
}

Test(zlib, uncompress)
{
    uLong packed_size = pack();
    cr_alloc_failure_sweep()
    {
        uLong size = sizeof plain;
        uncompress(plain, &size, packed, packed_size);
    }
}

Test(zlib, deflateCopy)
{
    pack();
    cr_alloc_failure_sweep()
    {
        z_stream stream = { .next_in = plain, .avail_in = 1000 };
        if (deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK) {
            stream.next_out = packed;
            stream.avail_out = sizeof packed;
            deflate(&stream, Z_NO_FLUSH);
            z_stream copy;
            if (deflateCopy(&copy, &stream) == Z_OK) {
                deflate(&copy, Z_FINISH);
                deflateEnd(&copy);
            }
            deflateEnd(&stream);
        }
    }
}

Test(zlib, inflateCopy)
{
    uLong packed_size = pack();
    cr_alloc_failure_sweep()
    {
        z_stream stream = { .next_in = packed, .avail_in = (uInt) packed_size };
        if (inflateInit(&stream) == Z_OK) {
            stream.next_out = plain;
            stream.avail_out = 100;
            inflate(&stream, Z_NO_FLUSH);
            z_stream copy;
            if (inflateCopy(&copy, &stream) == Z_OK) {
                inflate(&copy, Z_NO_FLUSH);
                inflateEnd(&copy);
            }
            inflateEnd(&stream);
        }
    }
}

Test(zlib, gzopen)
{
    char path[] = "/tmp/alloc_tracker_XXXXXX";
    close(mkstemp(path));
    cr_alloc_failure_sweep()
    {
        gzFile file = gzopen(path, "wb9");
        if (file) {
            gzprintf(file, "%s of %d", "line", 2);
            gzclose(file);
        }
        file = gzopen(path, "rb");
        if (file) {
            char line[100];
            gzgets(file, line, sizeof line);
            gzclose(file);
        }
    }
    unlink(path);
}
