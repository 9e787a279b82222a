"""Parameters of an item: what a profile sets, checked. They say which runs there are and enter no key themselves."""

from __future__ import annotations

from typing import Any, get_args, get_origin

import pydantic


class Params(pydantic.BaseModel):
    """Parameters of an item. Frozen, typed, ranges declared on the fields; unknown names are refused, and so are lists
    that name a value twice: each is swept once."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @pydantic.field_validator("*")
    @classmethod
    def _each_value_once(cls, value: Any, about: pydantic.ValidationInfo) -> Any:
        assert about.field_name is not None, "this validates fields"
        kind = cls.model_fields[about.field_name].annotation
        fixed = get_origin(kind) is tuple and ... not in get_args(kind)
        if isinstance(value, (list, tuple)) and not fixed and len(set(value)) < len(value):
            raise ValueError("must list each value once")
        return value
