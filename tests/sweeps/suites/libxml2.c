/* SPDX-License-Identifier: MIT */
/* libxml2: reading, writing, the text reader, XPath, HTML, regular expressions. */
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlregexp.h>
#include <libxml/xmlwriter.h>
#include <libxml/xpath.h>
#include <time.h>

#include <alloc_tracker/criterion.h>

static const char document[] =
    "<?xml version='1.0'?><!DOCTYPE list [<!ENTITY name 'a value'>]><list xmlns:p='urn:p'>"
    "<p:item name='first' size='1'>text &name; &amp; more</p:item><item>2</item><item>30</item>"
    "<!-- comment --><![CDATA[ data ]]></list>";

static const int quiet = XML_PARSE_NOERROR | XML_PARSE_NOWARNING;

/* libxml2 seeds its hash tables with the time. A constant time keeps the number of allocations the
   same in each run. */
time_t time(time_t *now)
{
    if (now)
        *now = 0;
    return 0;
}

/* Make libxml2 allocate now what it allocates once per process. */
static void start(void)
{
    xmlInitParser();
}

static xmlDoc *read_document(void)
{
    return xmlReadMemory(document, sizeof document - 1, "d.xml", NULL, quiet);
}

TestSuite(libxml2, .init = start);

Test(libxml2, xmlReadMemory)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlFreeDoc(read_document());
        xmlResetLastError();
    }
}

Test(libxml2, xmlReadMemory_entities)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlFreeDoc(xmlReadMemory(document, sizeof document - 1, "d.xml", NULL,
                                 quiet | XML_PARSE_NOENT | XML_PARSE_NOBLANKS));
        xmlResetLastError();
    }
}

Test(libxml2, xmlDocDumpMemory)
{
    xmlDoc *doc = read_document();
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlChar *text = NULL;
        int size;
        xmlDocDumpFormatMemory(doc, &text, &size, 1);
        xmlFree(text);
        xmlResetLastError();
    }
    xmlFreeDoc(doc);
}

Test(libxml2, xmlNewTextChild)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlDoc *doc = xmlNewDoc(BAD_CAST "1.0");
        xmlNode *root = doc ? xmlNewNode(NULL, BAD_CAST "list") : NULL;
        if (root) {
            xmlDocSetRootElement(doc, root);
            xmlNewTextChild(root, NULL, BAD_CAST "item", BAD_CAST "some <text>");
            xmlNewProp(root, BAD_CAST "size", BAD_CAST "2");
        }
        if (doc)
            xmlFreeDoc(doc);
        xmlResetLastError();
    }
}

Test(libxml2, xmlXPathEval)
{
    xmlDoc *doc = read_document();
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlXPathContext *context = xmlXPathNewContext(doc);
        if (context) {
            xmlXPathFreeObject(
                xmlXPathEval(BAD_CAST "//item[. > 1 and position() < last()]/text()", context));
            xmlXPathFreeContext(context);
        }
        xmlResetLastError();
    }
    xmlFreeDoc(doc);
}

Test(libxml2, xmlTextReaderRead)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlTextReader *reader =
            xmlReaderForMemory(document, sizeof document - 1, "d.xml", NULL, quiet);
        if (reader) {
            while (xmlTextReaderRead(reader) == 1)
                xmlFree(xmlTextReaderReadString(reader));
            xmlFreeTextReader(reader);
        }
        xmlResetLastError();
    }
}

Test(libxml2, xmlTextWriterStartElement)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlBuffer *buffer = xmlBufferCreate();
        xmlTextWriter *writer = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
        if (writer) {
            xmlTextWriterStartElement(writer, BAD_CAST "list");
            xmlTextWriterWriteAttribute(writer, BAD_CAST "size", BAD_CAST "2");
            xmlTextWriterWriteString(writer, BAD_CAST "some <text>");
            xmlTextWriterEndElement(writer);
            xmlFreeTextWriter(writer);
        }
        if (buffer)
            xmlBufferFree(buffer);
        xmlResetLastError();
    }
}

Test(libxml2, htmlParseDocument)
{
    static const char page[] = "<html><body><p class='a'>one<p>two &eacute;<br><b>three</body>";
    cr_alloc_failure_sweep(.warmup = 1, .timeout = 3)
    {
        htmlParserCtxt *context = htmlCreateMemoryParserCtxt(page, sizeof page - 1);
        if (context) {
            htmlCtxtUseOptions(context, HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
            htmlParseDocument(context);
            xmlFreeDoc(context->myDoc);
            htmlFreeParserCtxt(context);
        }
        xmlResetLastError();
    }
}

Test(libxml2, xmlRegexpCompile)
{
    cr_alloc_failure_sweep(.warmup = 1)
    {
        xmlRegexp *regexp = xmlRegexpCompile(BAD_CAST "([a-c]+|\\d{2,3})*x?");
        if (regexp) {
            xmlRegexpExec(regexp, BAD_CAST "ab12c");
            xmlRegFreeRegexp(regexp);
        }
        xmlResetLastError();
    }
}
