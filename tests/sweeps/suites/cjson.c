/* SPDX-License-Identifier: MIT */
/* cJSON: parsing, printing, building, copying. */
#include <cjson/cJSON.h>

#include <alloc_tracker/criterion.h>

static const char text[] = "{\"name\": \"ring\", \"sizes\": [1, 2.5, null, true],"
                           " \"nested\": {\"key\": \"v\\u00e4lue\"}}";

Test(cjson, cJSON_Parse)
{
    cr_alloc_failure_sweep()
    {
        cJSON_Delete(cJSON_Parse(text));
    }
}

Test(cjson, cJSON_Print)
{
    cJSON *root = cJSON_Parse(text);
    cr_alloc_failure_sweep()
    {
        cJSON_free(cJSON_Print(root));
    }
    cJSON_Delete(root);
}

Test(cjson, cJSON_PrintBuffered)
{
    cJSON *root = cJSON_Parse(text);
    cr_alloc_failure_sweep()
    {
        cJSON_free(cJSON_PrintBuffered(root, 8, 1));
    }
    cJSON_Delete(root);
}

Test(cjson, cJSON_Duplicate)
{
    cJSON *root = cJSON_Parse(text);
    cr_alloc_failure_sweep()
    {
        cJSON_Delete(cJSON_Duplicate(root, 1));
    }
    cJSON_Delete(root);
}

Test(cjson, cJSON_AddToObject)
{
    cr_alloc_failure_sweep()
    {
        cJSON *root = cJSON_CreateObject();
        cJSON *list = cJSON_AddArrayToObject(root, "list");
        if (list)
            cJSON_AddItemToArray(list, cJSON_CreateNumber(1));
        cJSON_AddStringToObject(root, "name", "value");
        cJSON_Delete(root);
    }
}

Test(cjson, cJSON_CreateStringArray)
{
    static const char *const names[] = { "one", "two", "three" };
    cr_alloc_failure_sweep()
    {
        cJSON_Delete(cJSON_CreateStringArray(names, 3));
    }
}

Test(cjson, cJSON_ReplaceItemInObject)
{
    cJSON *root = cJSON_Parse(text);
    cr_alloc_failure_sweep()
    {
        cJSON *copy = cJSON_Duplicate(root, 1);
        cJSON *value = cJSON_CreateString("other");
        if (!copy || !value || !cJSON_ReplaceItemInObject(copy, "name", value))
            cJSON_Delete(value);
        cJSON_Delete(copy);
    }
    cJSON_Delete(root);
}
