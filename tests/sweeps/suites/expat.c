/* SPDX-License-Identifier: MIT */
/* Expat: parsers with and without namespaces, an internal subset, an external entity. */
#include <expat.h>
#include <string.h>

#include <alloc_tracker/criterion.h>

static const char document[] =
    "<?xml version='1.0'?><list xmlns:p='urn:p'><p:item name='first' size='1'>text &amp; more"
    "</p:item><item a='1' b='2' c='3'/><!-- comment --><![CDATA[ data ]]><?target data?></list>";

static const char subset[] =
    "<!DOCTYPE list [<!ELEMENT list (item*)><!ATTLIST item kind CDATA 'plain' id ID #IMPLIED>"
    "<!ENTITY name 'a value'><!ENTITY twice '&name;&name;'><!NOTATION n SYSTEM 'n.txt'>]>"
    "<list><item id='one'>&twice;</item><item kind='&name;'/></list>";

static void on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    (void) name;
    (void) attributes;
    ++*(int *) data;
}

static void on_model(void *parser, const XML_Char *name, XML_Content *model)
{
    (void) name;
    XML_FreeContentModel((XML_Parser) parser, model);
}

static int on_external(XML_Parser parser, const XML_Char *context, const XML_Char *base,
                       const XML_Char *system, const XML_Char *public)
{
    (void) base;
    (void) system;
    (void) public;
    static const char entity[] = "<inner>from elsewhere</inner>";
    XML_Parser inner = XML_ExternalEntityParserCreate(parser, context, NULL);
    if (!inner)
        return XML_STATUS_ERROR;
    int status = XML_Parse(inner, entity, sizeof entity - 1, 1);
    XML_ParserFree(inner);
    return status;
}

static void parse(XML_Parser parser, const char *text)
{
    int n_elements = 0;
    if (!parser)
        return;
    XML_SetUserData(parser, &n_elements);
    XML_SetStartElementHandler(parser, on_start);
    XML_SetExternalEntityRefHandler(parser, on_external);
    XML_Parse(parser, text, (int) strlen(text), 1);
    XML_ParserFree(parser);
}

Test(expat, XML_Parse)
{
    cr_alloc_failure_sweep()
    {
        parse(XML_ParserCreate(NULL), document);
    }
}

Test(expat, XML_Parse_persistent)
{
    cr_alloc_failure_sweep(.persistent = true)
    {
        parse(XML_ParserCreate(NULL), document);
    }
}

Test(expat, XML_ParserCreateNS)
{
    cr_alloc_failure_sweep()
    {
        parse(XML_ParserCreateNS("UTF-8", '|'), document);
    }
}

Test(expat, XML_Parse_internal_subset)
{
    cr_alloc_failure_sweep()
    {
        parse(XML_ParserCreate(NULL), subset);
    }
}

Test(expat, XML_SetElementDeclHandler)
{
    cr_alloc_failure_sweep()
    {
        XML_Parser parser = XML_ParserCreate(NULL);
        if (parser) {
            XML_UseParserAsHandlerArg(parser);
            XML_SetElementDeclHandler(parser, on_model);
            XML_Parse(parser, subset, sizeof subset - 1, 1);
            XML_ParserFree(parser);
        }
    }
}

Test(expat, XML_ExternalEntityParserCreate)
{
    cr_alloc_failure_sweep()
    {
        parse(XML_ParserCreate(NULL),
              "<!DOCTYPE list [<!ENTITY e SYSTEM 'e.xml'>]><list>&e;</list>");
    }
}

Test(expat, XML_GetBuffer)
{
    cr_alloc_failure_sweep()
    {
        XML_Parser parser = XML_ParserCreate(NULL);
        for (size_t at = 0; parser && at < sizeof document - 1; at += 10) {
            size_t left = sizeof document - 1 - at;
            int n = left < 10 ? (int) left : 10;
            void *buffer = XML_GetBuffer(parser, n);
            if (!buffer)
                break;
            memcpy(buffer, document + at, (size_t) n);
            if (XML_ParseBuffer(parser, n, left <= 10) != XML_STATUS_OK)
                break;
        }
        if (parser)
            XML_ParserFree(parser);
    }
}
