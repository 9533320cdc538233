"""The kinds of schemas and fields that the API is declared with.

A field says in words what it must be; a request that is otherwise is refused with those words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate

from firmware_gcode.facts import CodedError, Fact, chain, fact

MAX_SEED = 2**53 - 1
"""The largest seed: JSON numbers above it would be rounded on their way through a browser."""

MAX_PAGE = 100
"""The most entries that one answer lists."""

DEFAULT_PAGE = 24
"""Entries that one answer lists where the asker does not say how many."""

_DIGITS = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_WORDS = {"true": True, "": True, "false": False}


class Body(Schema):
    """A request's body: a JSON object of which every name is known."""

    error_messages = {"unknown": "is not known here"}  # noqa: RUF012 - as marshmallow has it

    class Meta:
        """Whatever has another name is refused."""

        unknown = RAISE


class Replacing(Body):
    """A body in place of all that is kept: whoever sends nothing does not mean that."""

    @pre_load
    def said(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Refuse an empty object."""
        if not data:
            raise whole(CodedError("body-empty"))
        return data


class Query(Schema):
    """What an address says after its question mark; other names there do no harm."""


class Headers(Schema):
    """Headers that mean something to a route."""


class Answer(Schema):
    """What is answered: every field is there, unless marked ``optional``, and no other."""

    class Meta:
        """Nothing else is answered."""

        unknown = RAISE

    def on_bind_field(self, _: str, field_obj: fields.Field[Any]) -> None:
        """Require the field, unless it is marked as optional."""
        field_obj.required = not field_obj.metadata.get("optional", False)


class NothingSchema(Body):
    """An empty object: there is nothing to say."""


class DoneSchema(Answer):
    """An empty object: it is done."""


def about(text: str, **more: Any) -> dict[str, Any]:
    """The options of a field that say what it is.

    Args:
        more: Further attributes of the OpenAPI schema object.
    """
    return {"metadata": {"description": text, **more}}


def list_of(schema: type[Schema], text: str) -> fields.List[Any]:
    """A field that holds a list of objects."""
    return fields.List(fields.Nested(schema), **about(text))


def word(choices: Sequence[str], text: str, **options: Any) -> fields.String:
    """A field of an answer that holds one of some words."""
    named = list(map(str, choices))
    if options.get("allow_none"):
        return fields.String(**about(text, enum=[*named, None]), **options)
    return fields.String(validate=validate.OneOf(named), **about(text), **options)


def always(must: Fact) -> dict[str, Any]:
    """The error messages of a field that says the same whatever is wrong.

    Args:
        must: Goes on from the field's name, such as “must be true or false”.
    """
    return {key: [must] for key in ("invalid", "null", "required", "too_large", "special")}


class Must(fields.Field[Any]):
    """A field whose validators say the same as it does itself."""

    def _validate(self, value: Any) -> None:
        try:
            super()._validate(value)
        except ValidationError as error:
            raise self.make_error("invalid") from error


class AtMost(validate.Length):
    """Refuse longer lists."""

    def __init__(self, most: int) -> None:
        super().__init__(max=most)
        self._most = most

    def __call__(self, value: Any) -> Any:
        """The value, if it is not too long."""
        try:
            return super().__call__(value)
        except ValidationError as error:
            must = fact("must-have-at-most", most=self._most)
            raise ValidationError([must]) from error


class Whole(Must, fields.Integer):
    """A whole number; in an address, its digits."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        must = fact("must-be-whole", low=low, high=high)
        bounds = validate.Range(low, high)
        super().__init__(strict=True, validate=bounds, error_messages=always(must), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        if isinstance(value, str):
            if not isinstance(self.root, Query | Headers) or not _DIGITS.fullmatch(value):
                raise self.make_error("invalid")
            value = int(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Measure(Must, fields.Float):
    """A number with a unit.

    Args:
        low: It must be above this, or (with `inclusive`) not below.
        high: It must not be above this.
    """

    def __init__(
        self,
        low: float = 0.0,
        high: float = 1e9,
        *,
        inclusive: bool = False,
        metadata: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        exclusive = {} if inclusive else {"exclusiveMinimum": low}
        super().__init__(
            validate=validate.Range(low, high, min_inclusive=inclusive),
            error_messages=always(_bounds(low, high, inclusive)),
            metadata={**(metadata or {}), **exclusive},
            **options,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> float:
        if isinstance(value, str) and not (
            isinstance(self.root, Query | Headers) and _DECIMAL.fullmatch(value)
        ):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


def _bounds(low: float, high: float, inclusive: bool) -> Fact:
    low, high = float(low), float(high)
    if high >= 1e9:
        return Fact("must-be-from" if inclusive else "must-be-above", {"low": low})
    if inclusive:
        return fact("must-be-between", low=low, high=high)
    return fact("must-be-above-at-most", low=low, high=high)


class Text(Must, fields.String):
    """Some text that can be stored and shown.

    Args:
        longest: Characters.
        must: What it must be.
        shortest: Characters.
        check: Looks at it more closely; raises a `CodedError`.
    """

    def __init__(
        self,
        longest: int,
        must: Fact,
        *,
        shortest: int = 1,
        check: Callable[[str], object] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            validate=[validate.Length(shortest, longest), _storable],
            error_messages=always(must),
            **options,
        )
        self._check = check

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if self._check is not None:
            try:
                self._check(text)
            except CodedError as error:
                raise whole(error) from error
        return text


def whole(error: CodedError) -> ValidationError:
    """An error that tells all that is wrong, without the field's name before it."""
    return ValidationError([error])


def _storable(text: str) -> None:
    """Refuse halves of characters, which JSON can say and UTF-8 cannot."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValidationError("half a character")


class Choice(Must, fields.String):
    """One of some words."""

    def __init__(self, words: Sequence[str], **options: Any) -> None:
        named = list(map(str, words))
        quoted = [fact("quoted", text=each) for each in named]
        must = fact("must-be", what=chain("or", quoted))
        if len(named) > 2:
            must = fact("must-be-one-of", words=chain("comma", quoted))
        one = validate.OneOf(named)
        super().__init__(validate=one, error_messages=always(must), **options)


class Flag(fields.Boolean):
    """True or false; in an address also its mere name, which says true."""

    def __init__(self, **options: Any) -> None:
        must = fact("must-be-flag")
        super().__init__(error_messages=always(must), **options)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> bool:
        if isinstance(self.root, Query):
            value = _WORDS.get(value, value)
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class FactSchema(Answer):
    """What a person is told, for programs: each code has one sentence in each language."""

    code = fields.String(**about("Names what is told; it does not change with the words"))
    params = fields.Dict(**about("What stands in the sentence's places, by name"))


def told(text: str, **options: Any) -> fields.Nested:
    """A field that holds a fact, beside the one with its English sentence."""
    return fields.Nested(FactSchema, **about(text), **options)


class ProblemSchema(Answer):
    """Why something was refused (RFC 9457)."""

    type = fields.String(**about("“about:blank”: the status says which kind it is"))
    title = fields.String(**about("The status in the standard's words"))
    status = fields.Integer(**about("The HTTP status"))
    detail = fields.String(**about("What was wrong and what to do, in an English sentence"))
    code = fields.String(**about("The same by name: it never changes with the words"))
    params = fields.Dict(**about("What stands in the sentence's places, by name"))


class PageQuery(Query):
    """Which part of a list, the newest first."""

    limit = Whole(1, MAX_PAGE, load_default=DEFAULT_PAGE, **about("How many entries at most"))
    before = Whole(
        1,
        MAX_SEED,
        load_default=None,
        **about("Only entries with a smaller number: “before” of the page before"),
    )


def following() -> fields.Integer:
    """The field of a list that leads to its next part."""
    return fields.Integer(
        allow_none=True, **about("“before” for the next page; null on the last one")
    )
