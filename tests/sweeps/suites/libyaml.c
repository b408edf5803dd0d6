/* SPDX-License-Identifier: MIT */
/* LibYAML: events, documents, emitting. */
#include <string.h>
#include <yaml.h>

#include <alloc_tracker/criterion.h>

static const unsigned char text[] =
    "%YAML 1.1\n%TAG !e! tag:example.org,2024:\n---\nlist: &l\n  - one\n  - !e!kind 'two'\n"
    "  - |\n    a block\n    of text\nmap: {a: 1, b: [x, y], c: *l}\n? complex\n: value\n...\n";

Test(libyaml, yaml_parser_parse)
{
    cr_alloc_failure_sweep()
    {
        yaml_parser_t parser;
        if (yaml_parser_initialize(&parser)) {
            yaml_parser_set_input_string(&parser, text, sizeof text - 1);
            yaml_event_t event;
            bool more = true;
            while (more && yaml_parser_parse(&parser, &event)) {
                more = event.type != YAML_STREAM_END_EVENT;
                yaml_event_delete(&event);
            }
            yaml_parser_delete(&parser);
        }
    }
}

Test(libyaml, yaml_parser_load)
{
    cr_alloc_failure_sweep()
    {
        yaml_parser_t parser;
        if (yaml_parser_initialize(&parser)) {
            yaml_parser_set_input_string(&parser, text, sizeof text - 1);
            yaml_document_t document;
            if (yaml_parser_load(&parser, &document))
                yaml_document_delete(&document);
            yaml_parser_delete(&parser);
        }
    }
}

static int discard(void *data, unsigned char *buffer, size_t size)
{
    (void) data;
    (void) buffer;
    (void) size;
    return 1;
}

static bool fill(yaml_document_t *document)
{
    int list = yaml_document_add_sequence(document, NULL, YAML_ANY_SEQUENCE_STYLE);
    int item = yaml_document_add_scalar(document, NULL, (yaml_char_t *) "an item", -1,
                                        YAML_ANY_SCALAR_STYLE);
    return list && item && yaml_document_append_sequence_item(document, list, item);
}

Test(libyaml, yaml_document_add)
{
    cr_alloc_failure_sweep()
    {
        yaml_document_t document;
        if (yaml_document_initialize(&document, NULL, NULL, NULL, 1, 1)) {
            fill(&document);
            yaml_document_delete(&document);
        }
    }
}

Test(libyaml, yaml_emitter_dump)
{
    cr_alloc_failure_sweep()
    {
        yaml_emitter_t emitter;
        if (yaml_emitter_initialize(&emitter)) {
            yaml_emitter_set_output(&emitter, discard, NULL);
            yaml_document_t document;
            if (yaml_emitter_open(&emitter)
                && yaml_document_initialize(&document, NULL, NULL, NULL, 1, 1)) {
                if (fill(&document))
                    yaml_emitter_dump(&emitter, &document); /* takes ownership */
                else
                    yaml_document_delete(&document);
                yaml_emitter_close(&emitter);
            }
            yaml_emitter_delete(&emitter);
        }
    }
}
