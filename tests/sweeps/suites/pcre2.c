/* SPDX-License-Identifier: MIT */
/* PCRE2: compiling, with and without its JIT compiler, matching, substituting. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <alloc_tracker/criterion.h>

static PCRE2_SPTR pattern =
    (PCRE2_SPTR) "(?<year>\\d{4})-(?<month>0[1-9]|1[0-2])|(?:[a-z]+|(?<rest>\\w+(?&year)?))*+x";
static PCRE2_SPTR subject = (PCRE2_SPTR) "from 2024-05 to 2025-06, more or less";

static pcre2_code *compile(void)
{
    int error;
    PCRE2_SIZE offset;
    return pcre2_compile(pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &error, &offset,
                         NULL);
}

Test(pcre2, pcre2_compile_8)
{
    cr_alloc_failure_sweep()
    {
        pcre2_code_free(compile());
    }
}

Test(pcre2, pcre2_jit_compile_8)
{
    cr_alloc_failure_sweep()
    {
        pcre2_code *code = compile();
        if (code) {
            pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
            pcre2_code_free(code);
        }
    }
}

Test(pcre2, pcre2_match_8)
{
    pcre2_code *code = compile();
    cr_alloc_failure_sweep()
    {
        pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
        if (data) {
            PCRE2_UCHAR *year = NULL;
            PCRE2_SIZE length;
            if (pcre2_match(code, subject, PCRE2_ZERO_TERMINATED, 0, 0, data, NULL) > 0
                && pcre2_substring_get_byname(data, (PCRE2_SPTR) "year", &year, &length) == 0)
                pcre2_substring_free(year);
            pcre2_match_data_free(data);
        }
    }
    pcre2_code_free(code);
}

Test(pcre2, pcre2_substitute_8)
{
    pcre2_code *code = compile();
    cr_alloc_failure_sweep()
    {
        PCRE2_UCHAR out[200];
        PCRE2_SIZE length = sizeof out;
        pcre2_substitute(code, subject, PCRE2_ZERO_TERMINATED, 0,
                         PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED, NULL, NULL,
                         (PCRE2_SPTR) "${year:-none}/$2", PCRE2_ZERO_TERMINATED, out, &length);
    }
    pcre2_code_free(code);
}

Test(pcre2, pcre2_serialize_encode_8)
{
    pcre2_code *code = compile();
    cr_alloc_failure_sweep()
    {
        uint8_t *bytes = NULL;
        PCRE2_SIZE size;
        if (pcre2_serialize_encode((const pcre2_code **) &code, 1, &bytes, &size, NULL) == 1) {
            pcre2_code *copy = NULL;
            if (pcre2_serialize_decode(&copy, 1, bytes, NULL) == 1)
                pcre2_code_free(copy);
            pcre2_serialize_free(bytes);
        }
    }
    pcre2_code_free(code);
}
