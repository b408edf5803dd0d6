/* SPDX-License-Identifier: MIT */
/* jansson: parsing, printing, building, copying. */
#include <jansson.h>
#include <stdlib.h>

#include <alloc_tracker/criterion.h>

static const char text[] = "{\"name\": \"ring\", \"sizes\": [1, 2.5, 1000000, null, true],"
                           " \"nested\": {\"key\": \"v\\u00e4lue\", \"list\": [[], {}]}}";

Test(jansson, json_loads)
{
    cr_alloc_failure_sweep()
    {
        json_decref(json_loads(text, 0, NULL));
    }
}

Test(jansson, json_loads_invalid)
{
    cr_alloc_failure_sweep()
    {
        json_error_t error;
        json_decref(json_loads("{\"name\": [1, \"two\", }", JSON_REJECT_DUPLICATES, &error));
    }
}

Test(jansson, json_load_file)
{
    cr_alloc_failure_sweep()
    {
        json_decref(json_load_file("/proc/self/comm", JSON_DECODE_ANY, NULL));
    }
}

Test(jansson, json_dumps)
{
    json_t *root = json_loads(text, 0, NULL);
    cr_alloc_failure_sweep()
    {
        free(json_dumps(root, JSON_INDENT(2) | JSON_SORT_KEYS));
    }
    json_decref(root);
}

Test(jansson, json_pack)
{
    cr_alloc_failure_sweep()
    {
        json_decref(json_pack("{s:s, s:[i,f,b], s:{s:s+}}", "a", "text", "b", 1, 2.5, 1, "c", "d",
                              "e", "f"));
    }
}

Test(jansson, json_unpack)
{
    json_t *root = json_loads(text, 0, NULL);
    cr_alloc_failure_sweep()
    {
        const char *name;
        json_t *sizes;
        json_unpack(root, "{s:s, s:o, s:{s:s, s:[o,o]} !}", "name", &name, "sizes", &sizes,
                    "nested", "key", &name, "list", &sizes, &sizes);
    }
    json_decref(root);
}

Test(jansson, json_deep_copy)
{
    json_t *root = json_loads(text, 0, NULL);
    cr_alloc_failure_sweep()
    {
        json_decref(json_deep_copy(root));
    }
    json_decref(root);
}

Test(jansson, json_object_update)
{
    json_t *root = json_loads(text, 0, NULL);
    cr_alloc_failure_sweep()
    {
        json_t *copy = json_object();
        json_object_update_recursive(copy, root);
        json_decref(copy);
    }
    json_decref(root);
}

Test(jansson, json_sprintf)
{
    cr_alloc_failure_sweep()
    {
        json_decref(json_sprintf("%s of %d", "one", 2));
    }
}
