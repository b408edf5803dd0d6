/* SPDX-License-Identifier: MIT */
/* json-c: parsing, printing, building, copying. */
#include <json-c/json.h>

#include <alloc_tracker/criterion.h>

static const char text[] = "{\"name\": \"ring\", \"sizes\": [1, 2.5, null, true],"
                           " \"nested\": {\"key\": \"a text that is longer than the others\"}}";

Test(json_c, json_tokener_parse)
{
    cr_alloc_failure_sweep()
    {
        json_object_put(json_tokener_parse(text));
    }
}

Test(json_c, json_object_to_json_string)
{
    json_object *root = json_tokener_parse(text);
    cr_alloc_failure_sweep()
    {
        json_object *copy = NULL;
        if (json_object_deep_copy(root, &copy, NULL) == 0)
            json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PRETTY);
        json_object_put(copy);
    }
    json_object_put(root);
}

Test(json_c, json_object_new_object)
{
    cr_alloc_failure_sweep()
    {
        json_object *root = json_object_new_object();
        json_object *value = json_object_new_string("value");
        if (!root || !value || json_object_object_add(root, "key", value) != 0)
            json_object_put(value);
        json_object_put(root);
    }
}

Test(json_c, json_object_array_add)
{
    cr_alloc_failure_sweep()
    {
        json_object *root = json_object_new_array();
        for (int i = 0; root && i < 40; i++) {
            json_object *value = json_object_new_int(i);
            if (!value || json_object_array_add(root, value) != 0)
                json_object_put(value);
        }
        json_object_put(root);
    }
}

Test(json_c, json_pointer_get)
{
    json_object *root = json_tokener_parse(text);
    cr_alloc_failure_sweep()
    {
        json_object *found;
        json_pointer_get(root, "/nested/key", &found);
    }
    json_object_put(root);
}
