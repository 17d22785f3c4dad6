"""Looks at mails as a receiver does: with dkimpy at their signatures, with the email package of Python at their form.

In comes one JSON object on standard input: `now` (seconds), `keys` (TXT records by name), `mails` (base64). Out goes a list, an object
for each mail.
"""

import base64
import email.header
import email.policy
import email.utils
import json
import quopri
import re
import sys

import dkim

ENCODED_WORD = re.compile(rb"=\?([^?\s]+)\?([bBqQ])\?([^?\s]*)\?=")


def signature(mail, keys):
    """Whether the signature holds, and else why not."""

    def record(name, timeout=5):
        text = keys.get(name.decode().rstrip("."))
        return text.encode() if text is not None else None

    try:
        verifier = dkim.DKIM(mail, minkey=2048)
        good = verifier.verify(dnsfunc=record)
        return good, "" if good else "the signature does not fit"
    except dkim.DKIMException as error:
        return False, str(error)


def named(mail, field):
    """The names and addresses of a field. The parser of `policy.default` puts a space between the encoded-words of a long name, against
    RFC 2047 section 6.2; so names are read by the older one, and addresses by both."""
    parsed = email.message_from_bytes(mail, policy=email.policy.default)[field]
    if parsed is None:
        return []
    older = email.utils.getaddresses([email.message_from_bytes(mail)[field]])
    if [one.addr_spec for one in parsed.addresses] != [address for _, address in older]:
        raise ValueError(f"{field}: {parsed.addresses} {older}")
    return [[str(email.header.make_header(email.header.decode_header(name))), address] for name, address in older]


def words(head):
    """What is wrong with the encoded-words of a header (RFC 2047 section 2)."""
    wrong = []
    for found in ENCODED_WORD.finditer(head):
        charset, way, text = found.groups()
        if len(found.group()) > 75:
            wrong.append("longer than 75: " + found.group().decode())
        try:
            raw = base64.b64decode(text, validate=True) if way in b"bB" else quopri.decodestring(text.replace(b"_", b" "), header=True)
            raw.decode(charset.decode())
        except ValueError as error:
            wrong.append(f"{found.group().decode()}: {error}")
    return wrong


def seen(mail, keys):
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    defects, texts, files = [], {}, []
    for part in parsed.walk():
        for name, value in part.items():
            defects += [f"{name}: {defect!r}" for defect in value.defects]
        if not part.is_multipart():
            try:
                content = part.get_content()
            except (LookupError, ValueError) as error:
                content = defects.append(repr(error))
            if part.is_attachment():
                files.append([part.get_filename(), part.get_content_type()])
            else:
                texts[part.get_content_type()] = content
        defects += [repr(defect) for defect in part.defects]
    head = mail.split(b"\r\n\r\n", 1)[0]
    lines = mail.split(b"\r\n")
    good, why = signature(mail, keys)
    return {
        "signed": good,
        "why": why,
        "defects": defects,
        "words": words(head),
        "longest": max(len(line) for line in lines),
        "stray": any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines),
        "fields": parsed.keys(),
        "from": named(mail, "from"),
        "to": named(mail, "to"),
        "cc": named(mail, "cc"),
        "subject": parsed["subject"],
        "text": texts.get("text/plain"),
        "html": texts.get("text/html"),
        "files": files,
    }


def main():
    asked = json.load(sys.stdin)
    # A story stands on its own date.
    dkim.time.time = lambda: asked["now"]
    json.dump([seen(base64.b64decode(mail), asked["keys"]) for mail in asked["mails"]], sys.stdout)


main()
