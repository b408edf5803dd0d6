# SPDX-License-Identifier: MIT
"""Checks a value against a JSON schema, as far as the schemas in docs/ use the language; what they
do not use is refused, so that nothing passes unread."""

import re

TYPES = {'object': dict, 'array': list, 'string': str, 'integer': int, 'boolean': bool,
         'null': type(None)}
IGNORED = {'$schema', '$defs', 'title', 'description'}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and not (name == 'integer' and isinstance(value, bool))


def errors(value, schema, root, path='$'):
    """Yields what is wrong, as text."""
    for keyword, expected in schema.items():
        if keyword in IGNORED:
            continue
        if keyword == '$ref':
            yield from errors(value, root['$defs'][expected.rsplit('/', 1)[1]], root, path)
        elif keyword == 'type':
            if not is_type(value, expected):
                yield f'{path}: {value!r} is no {expected}'
                return
        elif keyword == 'const' and value != expected or keyword == 'enum' and value not in expected:
            yield f'{path}: {value!r} is not {expected!r}'
        elif keyword == 'minimum' and value < expected:
            yield f'{path}: {value} is below {expected}'
        elif keyword == 'minLength' and len(value) < expected:
            yield f'{path}: {value!r} is too short'
        elif keyword == 'pattern' and not re.search(expected, value):
            yield f'{path}: {value!r} does not match {expected}'
        elif keyword == 'anyOf':
            if all(list(errors(value, one, root, path)) for one in expected):
                yield f'{path}: is none of what it can be'
        elif keyword == 'required':
            yield from (f'{path}: {name} is missing' for name in expected if name not in value)
        elif keyword == 'additionalProperties':
            known = schema.get('properties', {})
            for name in set(value) - set(known):
                if expected is False:
                    yield f'{path}: {name} is unknown'
                else:
                    yield from errors(value[name], expected, root, f'{path}.{name}')
        elif keyword == 'properties':
            for name in set(value) & set(expected):
                yield from errors(value[name], expected[name], root, f'{path}.{name}')
        elif keyword == 'items':
            for i, item in enumerate(value):
                yield from errors(item, expected, root, f'{path}[{i}]')
        elif keyword not in ('const', 'enum', 'minimum', 'minLength', 'pattern'):
            raise ValueError(f'{path}: keyword {keyword}')


def check_valid(harness, value, schema, what):
    found = list(errors(value, schema, schema))
    harness.check(not found, what, '\n'.join(found[:10]))
