"""A Pygments lexer for Latent. Its words are those of tokens.json, which the build of Latent writes
from the tables of the language and its library."""

import json
from importlib.resources import files

from pygments.lexer import RegexLexer, bygroups, words
from pygments.token import (
    Comment,
    Generic,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
)

_TOKENS = json.loads(files(__package__).joinpath("tokens.json").read_text(encoding="utf-8"))
# `\w` of a Unicode pattern without digits in front: the names of Latent.
_NAME = r"[^\W\d]\w*"
_BRACKETS = set("()[]{},;:'")


def _word(*lists):
    """Any word of the lists, whole and no member of something."""
    return words([w for name in lists for w in _TOKENS[name]], prefix=r"(?<![\w.])", suffix=r"\b")


def _prefix_words(following):
    alternatives = "|".join(_TOKENS["contextualWords"])
    return rf"(?<![\w.])(?:{alternatives})\b{following}"


class LatentLexer(RegexLexer):
    """Lexer for the Latent language."""

    name = "Latent"
    aliases = ["latent", "lvm"]
    filenames = ["*.lvm"]
    mimetypes = ["text/x-latent"]

    _code = [
        (r"[^\S\n]+", Whitespace),
        (r'"""', String.Double, "block"),
        (r'"', String.Double, "text"),
        (r"(?<!\w)(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?", Number),
        (_word("keywords"), Keyword),
        (_word("wordOperators"), Operator.Word),
        (_word("literals"), Keyword.Constant),
        # Words only where the grammar expects them: before an operand, or at the end of a check.
        (
            _prefix_words(
                r'(?=[^\S\n]+[\w"(\[.+-]|[^\S\n]*$)'
                r"(?![^\S\n]+(?:[-+*/]?=|[-+][^\S\n]|(?:in|and|or)\b))"
            ),
            Keyword,
        ),
        (_word("constants"), Name.Constant),
        (_word("builtins"), Name.Builtin),
        (_NAME, Name),
        (words([s for s in _TOKENS["symbols"] if not _BRACKETS & set(s)]), Operator),
        (r"'", Operator),
    ]

    _escape = [
        (
            r'\\(?:[ntr"\\]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}'
            r"|u\{[0-9a-fA-F]{1,8}\})",
            String.Escape,
        ),
        (r"\{\{|\}\}", String.Escape),
        (r"\{", String.Interpol, "value"),
    ]

    tokens = {
        "root": [
            (r"^# %%(?=\s|$).*", Generic.Heading),
            (r"##(?!#).*", String.Doc),
            (r"#.*", Comment.Single),
            (r"\n", Whitespace),
            *_code,
            (r"[()\[\]{},;:]", Punctuation),
        ],
        "text": [
            *_escape,
            (r'"', String.Double, "#pop"),
            (r"(?=\n)", String.Double, "#pop"),
            (r'[^"\\{}\n]+|[\\}]', String.Double),
        ],
        "block": [
            *_escape,
            (r'"""', String.Double, "#pop"),
            (r'[^"\\{}]+|["\\}]', String.Double),
        ],
        "value": [
            (r"\}", String.Interpol, "#pop"),
            (r"(:)(\d*(?:\.\d+[fe%]?)?)(?=\})", bygroups(Punctuation, String.Interpol)),
            (r"(?=\n)", String.Interpol, "#pop"),
            (r"[(\[{]", Punctuation, "nested"),
            *_code,
            (r"[,;:]", Punctuation),
        ],
        "nested": [
            (r"[)\]}]", Punctuation, "#pop"),
            (r"[(\[{]", Punctuation, "#push"),
            (r"(?=\n)", Punctuation, "#pop"),
            *_code,
            (r"[,;:]", Punctuation),
        ],
    }
