"""Every example of AWS's guide, in all its editions: pattern, line, whether it matches, what is extracted.

"Current" is the edition with regular expressions; "older" are those titled "Filter and Pattern Syntax"; the one in
between has the extracted values of the Apache line.
"""

from __future__ import annotations

import json

import pytest

from provisioner.patterns import PatternError, parse

MISSING_ARGUMENTS = "[ERROR 419] MISSING ARGUMENTS"
INVALID_ARGUMENTS = "[ERROR 420] INVALID ARGUMENTS"
BAD_REQUEST = "[ERROR 400] BAD REQUEST"
UNAUTHORIZED = "[ERROR 401] UNAUTHORIZED REQUEST"
SERVER_ERROR = "[ERROR 500] INTERNAL SERVER ERROR"
ALL_ERRORS = [BAD_REQUEST, UNAUTHORIZED, MISSING_ARGUMENTS, INVALID_ARGUMENTS]

TERMS = [
    # current: single term, multiple terms, optional terms, phrases, include and exclude
    ("ERROR", ALL_ERRORS, []),
    ("ERROR ARGUMENTS", [MISSING_ARGUMENTS, INVALID_ARGUMENTS], [BAD_REQUEST, UNAUTHORIZED]),
    ("?ERROR ?ARGUMENTS", ALL_ERRORS, ["[INFO] REQUEST FAILED"]),
    (
        "?ERROR ?ARGUMENTS REQUEST",
        ["[INFO] REQUEST FAILED", "[WARN] UNAUTHORIZED REQUEST", "[ERROR] 400 BAD REQUEST"],
        [MISSING_ARGUMENTS],
    ),
    ('"INTERNAL SERVER ERROR"', [SERVER_ERROR], ["[ERROR 500] INTERNAL ERROR SERVER"]),
    ("ERROR -ARGUMENTS", [BAD_REQUEST, UNAUTHORIZED], [MISSING_ARGUMENTS, INVALID_ARGUMENTS]),
    ("%AUTHORIZED%", [UNAUTHORIZED, "[SUCCESS 200] AUTHORIZED REQUEST"], [BAD_REQUEST]),
    # older
    ("ERROR", ["[ERROR] A fatal exception has occurred", "Exiting with ERRORCODE: -1"], ["[error] lower case"]),
    ('"ERROR" - "Exiting"', ["[ERROR] A fatal exception has occurred"], ["Exiting with ERRORCODE: -1"]),
    ("ERROR Exception", ["[ERROR] Caught IllegalArgumentException", "[ERROR] Unhandled Exception"], ["[ERROR] other"]),
    (
        '"Failed to process the request"',
        ["[WARN] Failed to process the request", "[ERROR] Unable to continue: Failed to process the request"],
        ["Failed to process this request"],
    ),
    ("ERROR", ["ERROR WARN message", "ERROR message"], ["WARN message"]),
    ("?ERROR ?WARN", ["ERROR WARN message", "ERROR message", "WARN message"], []),
    ("ERROR WARN", ["ERROR WARN message"], ["ERROR message", "WARN message"]),
    ("ERROR -WARN", ["ERROR message"], ["ERROR WARN message", "WARN message"]),
    ("", [*ALL_ERRORS, "", " "], []),
    # Example: Count log events, of the same guide
    (" ", ["Test event 1", "This message also contains an Error", ""], []),
    # Example: Count occurrences of a term
    ("Error", ["This message contains an Error", "This message also contains an Error"], ["This one an error"]),
    # test-metric-filter of the command-line reference
    ("ERROR", ["[ERROR] 400 BAD REQUEST"], ["[INFO] 200 OK"]),
]

REGEXES = [
    # "Usage of supported operators"
    (r"%^[hc]at%", ["hat", "cat", "cat and dog"], ["a hat", "bat"]),
    (r"%[hc]at$%", ["hat", "the cat"], ["hats"]),
    (r"%colou?r%", ["color", "colour"], ["colouur"]),
    (r"%[abc]%", ["a", "b", "c"], ["d"]),
    (r"%[a-z]%", ["a", "m", "z"], ["A", "1"]),
    (r"%[abcx-z]%", ["a", "b", "c", "x", "y", "z"], ["d", "w"]),
    (r"%^a{3,5}$%", ["aaa", "aaaa", "aaaaa"], ["aa", "aaaaaa"]),
    (r"%gra|ey%", ["gray", "grey"], ["groy"]),
    (
        r"%^starting|^initializing|^shutting down%",
        ["starting ...", "initializing ...", "shutting down"],
        ["skipping initializing ..."],
    ),
    (r"%abcc|ab[^c]$%", ["abcc ...", "aba"], ["aac ...", "abc"]),
    (r"%\[.\]%", ["[a]", "[b]", "[7]", "[@]", "[]]", "[ ]"], ["[]", "a"]),
    (r"%10\.10\.0\.1%", ["10.10.0.1"], ["10010,051"]),
    (r"%ab*c%", ["ac", "abc", "abbbc"], ["adc"]),
    (r"%ab[0-9]*%", ["ab", "ab0", "ab129"], ["a0"]),
    (r"%ab+c%", ["abc", "abbc", "abbbc"], ["ac"]),
    (r"%.at%", ["hat", "cat", "bat", "4at", "#at", " at"], ["at"]),
    (r"%10.10.0.1%", ["10010,051"], ["10.10.0"]),
    (r"%\d%", ["a1"], ["ab"]),
    (r"%\D%", ["1a"], ["12"]),
    (r"%\s%", ["a b", "a\tb", "a\nb"], ["ab"]),
    (r"%\S%", [" a "], [" \t\n"]),
    (r"%\w%", ["_", "a", "Z", "0"], ["-", " ", "!"]),
    (r"%\W%", ["a-"], ["a_0"]),
    (r"%\x3A%", ["key:value"], ["key=value"]),
    (r"%\x28%", ["call(me)"], ["call me"]),
]

CLOUDTRAIL = {
    "eventType": "UpdateTrail",
    "sourceIPAddress": "111.111.111.111",
    "arrayKey": ["value", "another value"],
    "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
    "SomeObject": None,
    "ThisFlag": True,
    "cluster.name": "c",
}
USERS = {
    "user": {"id": 1, "email": "John.Stiles@example.com"},
    "users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
    "actions": ["GET", "PUT", "DELETE"],
    "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
}

JSON = [
    ('{ $.eventType = "UpdateTrail" }', CLOUDTRAIL, True),
    ("{ $.sourceIPAddress != 123.123.* }", CLOUDTRAIL, True),
    ('{ $.arrayKey[0] = "value" }', CLOUDTRAIL, True),
    ("{ $.eventType = %Trail% }", CLOUDTRAIL, True),
    ("{ $.arrayKey[*] = %val.{2}% }", CLOUDTRAIL, True),
    (r"{ $.* = %111\.111\.111\.1[0-9]{1,2}% }", CLOUDTRAIL, True),
    ("{ $.['cluster.name'] = \"c\" }", CLOUDTRAIL, True),
    ("{ $.SomeObject IS NULL }", CLOUDTRAIL, True),
    ("{ $.SomeOtherObject NOT EXISTS }", CLOUDTRAIL, True),
    ('{ $.eventType = "*" && $.sourceIPAddress != 123.123.* }', CLOUDTRAIL, True),
    # older
    ("{ $.objectList[1].id = 2 }", CLOUDTRAIL, True),
    ("{ $.ThisFlag IS TRUE }", CLOUDTRAIL, True),
    ("{$.foo = bar}", {"foo": "bar"}, True),
    ("{$.foo = bar}", {"foo": "baz"}, False),
    ("{$.foo = baz }", {"foo": "baz"}, True),
    ("{$.foo = bar || $.foo = baz }", {"foo": "bar"}, True),
    ("{$.foo = bar || $.foo = baz }", {"foo": "baz"}, True),
    ("{ $.name = *Event }", {"name": "PutEvent"}, True),
    ("{ $.name = *Event }", {"name": "GetEvent"}, True),
    ("{ $.name = Event* }", {"name": "EventId"}, True),
    ("{ $.name = Event* }", {"name": "EventName"}, True),
    ("{ $.users = 1 }", {"users": [1, 2, 3]}, False),
    ("{ $.users != 1 }", {"users": [1, 2, 3]}, False),
    # compound expressions
    ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', USERS, True),
    (
        '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }',
        USERS,
        True,
    ),
    (
        '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") '
        '&& $.actions[2] = "nonmatch" }',
        USERS,
        False,
    ),
    ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', USERS, False),
    (
        '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }',
        USERS,
        True,
    ),
    # numeric values
    ("{ $.bandwidth > 75 }", {"bandwidth": 76}, True),
    ("{ $.bandwidth > 75 }", {"bandwidth": 75}, False),
    ("{ $.latency < 50 }", {"latency": 49.5}, True),
    ("{ $.refreshRate >= 60 }", {"refreshRate": 60}, True),
    ("{ $.responseTime <= 5 }", {"responseTime": 5}, True),
    ("{ $.errorCode = 400}", {"errorCode": 400}, True),
    ("{ $.errorCode != 500 }", {"errorCode": 400}, True),
    ("{ $.errorCode != 500 }", {"errorCode": 500}, False),
    ("{ $.number[0] = 1e+3 }", {"number": [1000]}, True),
    ("{ $.number[0] != 1e-3 }", {"number": [0.001]}, False),
    ("{ $.latency >= 500 }", {"latency": 499}, False),
    ("{ $.numbers[0] < 10e3 }", {"numbers": [9999]}, True),
    ("{ $.numbers[0] < 10e-3 }", {"numbers": [0.0099]}, True),
    ("{ $.processes[4].averageRuntime <= 55.5 }", {"processes": [0, 0, 0, 0, {"averageRuntime": 55.5}]}, True),
    ("{ $.latency > +1000 }", {"latency": 1001}, True),
    # "Using values in log events to increment a metric's value"
    ("{ $.latency = * }", {"latency": 50, "requestType": "GET"}, True),
    ("{ $.latency = * }", {"requestType": "GET"}, False),
]

APACHE = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
APACHE_FIELDS = {
    "$bytes": "1534",
    "$status_code": "404",
    "$request": "GET /index.html HTTP/1.0",
    "$timestamp": "10/Oct/2000:13:25:15 -0700",
    "$username": "frank",
    "$user": "Prod",
    "$ip": "127.0.0.1",
}
NUMBERED = {"$1": "127.0.0.1", "$2": "Prod", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700"}
INFO_GET = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200"
INFO_POST = "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310"
WARNING = "WARNING 09/25/2014 12:00:02 Invalid user request"
ERROR = "ERROR 09/25/2014 12:00:02 Failed to process request"
FIELDS = "ip, user, username, timestamp, request"

SPACED: list[tuple[str, str, dict[str, str] | bool]] = [
    (
        r"[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
        APACHE,
        APACHE_FIELDS,
    ),
    (f"[{FIELDS} =*.html*, status_code = 4*, bytes]", APACHE, APACHE_FIELDS),
    (f"[{FIELDS} =*.html*, status_code = 404 || status_code = 410, bytes]", APACHE, APACHE_FIELDS),
    (
        "[..., request =*.html*, status_code = 4*, bytes]",
        APACHE,
        {**NUMBERED, "$request": "GET /index.html HTTP/1.0", "$status_code": "404", "$bytes": "1534"},
    ),
    # older: an unnamed last field, extracted under its number
    (
        "[..., request=*.html*, status_code=4*,]",
        APACHE,
        {**NUMBERED, "$request": "GET /index.html HTTP/1.0", "$status_code": "404", "$7": "1534"},
    ),
    ("[..., status_code, bytes]", APACHE, True),
    ("[ip, user, ..., status_code, bytes]", APACHE, True),
    ("[ip, user, ...]", APACHE, True),
    (f"[{FIELDS}, status_code, bytes > 1000]", APACHE, APACHE_FIELDS),
    (f"[{FIELDS}, status_code = 200, bytes]", APACHE, False),
    (f"[{FIELDS}, status_code = 4*, bytes]", APACHE, APACHE_FIELDS),
    (f"[{FIELDS} = *html*, status_code = 4*, bytes]", APACHE, APACHE_FIELDS),
    (f"[{FIELDS}, status_code = 4* && status_code != 403, bytes]", APACHE, APACHE_FIELDS),
    # Examples: Count HTTP 404 codes, Count HTTP 4xx codes, Extract fields from an Apache log
    ("[ip, id, user, timestamp, request, status_code=404, size]", APACHE, True),
    ("[IP, UserInfo, User, Timestamp, RequestInfo, StatusCode=404, Bytes]", APACHE, True),
    ("[ip, id, user, timestamp, request, status_code=4*, size]", APACHE, True),
    (
        "[ip, id, user, timestamp, request, status_code=4*, size]",
        '127.0.0.1 - - [24/Sep/2013:11:50:51 -0700] "GET /~test/ HTTP/1.1" 200 3',
        False,
    ),
    # current: pattern matching
    ("[w1=ERROR, w2]", ERROR, True),
    ("[w1=ERROR, w2]", WARNING, False),
    ("[w1=ERROR || w1=WARNING, w2]", ERROR, True),
    ("[w1=ERROR || w1=WARNING, w2]", WARNING, True),
    ("[w1=ERROR || w1=WARNING, w2]", INFO_GET, False),
    ("[w1!=ERROR && w1!=WARNING, w2]", INFO_POST, True),
    ("[w1!=ERROR && w1!=WARNING, w2]", ERROR, False),
    ("[w1=ERROR || w1=%WARN%, w2]", WARNING, True),
    ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", INFO_GET, True),
    ("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", INFO_POST, False),
    ("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", INFO_POST, True),
    ("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", INFO_GET, False),
    # README of AWS's CloudWatch Logs Subscription Consumer
    (
        "[timestamp, request_id, event]",
        "2015-07-08T01:42:25.679Z 8bd492bcaede Decoded payload: Hello World",
        {
            "$timestamp": "2015-07-08T01:42:25.679Z",
            "$request_id": "8bd492bcaede",
            "$event": "Decoded payload: Hello World",
        },
    ),
    (f"[(ip != 10.* && ip != 192.*) || ip = 127.*, {FIELDS[4:]}, status_code, bytes]", APACHE, True),
    (f"[(ip != 127.* && ip != 192.*) || ip = 10.*, {FIELDS[4:]}, status_code, bytes]", APACHE, False),
    (f"[{FIELDS}, status_code >= 400 && status_code <= 404, bytes]", APACHE, True),
]


@pytest.mark.parametrize(("pattern", "hits", "misses"), [*TERMS, *REGEXES])
def test_lines_of_text(pattern: str, hits: list[str], misses: list[str]) -> None:
    parsed = parse(pattern)
    assert [line for line in [*hits, *misses] if parsed.match(line)] == hits
    assert all(match.fields == {} for line in hits if (match := parsed.match(line)))


@pytest.mark.parametrize(("pattern", "document", "matches"), JSON)
def test_json_lines(pattern: str, document: object, matches: bool) -> None:
    match = parse(pattern).match(json.dumps(document))
    assert (match is not None) is matches
    # "If you are not using a space-delimited filter, this will be empty" (older, of the extracted values).
    assert match is None or match.fields == {}


@pytest.mark.parametrize(("pattern", "line", "extracted"), SPACED)
def test_space_delimited_lines(pattern: str, line: str, extracted: dict[str, str] | bool) -> None:
    match = parse(pattern).match(line)
    if isinstance(extracted, dict):
        assert match is not None
        assert match.fields == extracted
    else:
        assert (match is not None) is extracted


@pytest.mark.parametrize(
    "pattern",
    [
        "%something!%",  # "would be rejected since ! is not supported"
        "%(ab)+%",  # "The ( and ) operators are not supported"
        "%é%",  # "Multi-byte characters are not supported"
        "{ $.SomeObject IS NOT NULL }",  # "The variables IS NOT and EXISTS currently aren't supported"
        "{ $.SomeObject EXISTS }",
        "{ $.a[*].b[*] = 1 }",  # "You can only use up to one wildcard selector in a property selector"
        "{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.* = 1 }",  # "up to three in compound expressions"
        "{ $.a = %1% || $.b = %2% || $.c = %3% }",  # "a limit of 2 regex for each filter pattern"
        "[a = %1%, b = %2%, c = %3%]",
        # Older editions have it as an example; the service refuses it.
        "[ip, user, username, timestamp, request, status_code = 4* && bytes > 1000]",
        # An example of the edition in between, with this capital; the current one has w1.
        "[w1=ERROR || W1=WARNING, w2]",
    ],
)
def test_what_the_guide_rules_out(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse(pattern)


def test_both_readings_of_a_line_with_more_words() -> None:
    """Older: "[w1=ERROR, w2] matches pattern 2", which is the line of two words."""
    pattern = parse("[w1=ERROR, w2]")
    lines = ["ERROR WARN message", "ERROR message", "WARN message"]
    assert [line for line in lines if pattern.match(line)] == lines[:2]
    assert [line for line in lines if pattern.match_exactly(line)] == lines[1:2]
