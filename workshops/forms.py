from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from kit.pages.checked_forms import CheckedForm
from kit.pages.text_areas import TextArea

from . import rules
from .models import Signup, SignupQuestion, Workshop
from .models.questions import MAX_ANSWER_LENGTH

NAMES = 10
"""How many people one form signs up at most."""


class OnceForm(CheckedForm):
    """A form whose key makes it one sign-up, however often it is sent.

    A key that is none is refused, because nobody knows then whether the form was sent before; the form that is shown
    again has another.
    """

    key = forms.UUIDField(label="", required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        self.was_damaged = data is not None and not _is_key(data.get("key", ""))
        if data is not None and self.was_damaged:
            data = data.copy()
            data["key"] = str(uuid4())
        super().__init__(data, **kwargs)

    def clean(self) -> dict[str, Any]:
        if self.was_damaged:
            self.add_error(None, was_damaged())
        data: dict[str, Any] = super().clean() or self.cleaned_data
        return data


@dataclass(frozen=True)
class PersonFields:
    """The names of the fields about one of the people whom a form signs up: who it is, and what the host asks them."""

    number: int
    questions: Mapping[str, SignupQuestion]

    @classmethod
    def asked(cls, questions: Iterable[SignupQuestion], *, number: int = 1) -> PersonFields:
        """One of the people, with a field for each question."""
        which = f"_{number}" if number > 1 else ""
        return cls(number, {f"question_{one.pk}{which}": one for one in questions})

    @property
    def fields(self) -> dict[str, forms.Field]:
        """The fields of the questions."""
        return {name: _field_of(one) for name, one in self.questions.items()}

    @property
    def name(self) -> str:
        return f"name_{self.number}"

    def answers(self, form: CheckedForm) -> dict[int, list[str]]:
        """What was answered for them, by the id of the question."""
        return {one.pk: _values(form.cleaned_data[field]) for field, one in self.questions.items()}


@dataclass(frozen=True)
class PersonGroup:
    """The fields about one of several people, as the page shows them."""

    number: int
    fields: Sequence[forms.BoundField]

    @property
    def is_open(self) -> bool:
        """Whether something was said, or is missing: nobody has to look for it."""
        return any(field.errors or field.value() for field in self.fields)


class SignUpForm(OnceForm):
    """Who comes, and what the host asks each of them."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        workshop: Workshop,
        room: int,
        questions: Sequence[SignupQuestion] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.questions = list(workshop.questions.all() if questions is None else questions)
        most = min(max(room, 1), NAMES)
        self.people = [PersonFields.asked(self.questions, number=number) for number in range(1, most + 1)]
        for person in self.people:
            self.fields[person.name] = _name_field(person.number, of=most, is_asked=bool(self.questions))
            self.fields |= person.fields
        if most > 1:
            self.fields["together"] = _together_field()
        if data is not None:
            self._ask_only_who_comes(data)

    def _ask_only_who_comes(self, data: QueryDict) -> None:
        named = [person for person in self.people if data.get(person.name, "").strip()] or self.people[:1]
        for person in self.people:
            for field in person.questions if person not in named else ():
                self.fields[field].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        comes = [person for person in self.people if data.get(person.name, "?")] or self.people[:1]
        for person in self.people:
            if person not in comes and any(data.get(field) for field in person.questions):
                self.add_error(person.name, _("Say who this is, or take their answers out."))
        return data

    @property
    def groups(self) -> list[PersonGroup]:
        """The fields of each person, where there are several people and the host asks something."""
        if len(self.people) == 1 or not self.questions:
            return []
        return [PersonGroup(one.number, [self[name] for name in (one.name, *one.questions)]) for one in self.people]

    @property
    def coming(self) -> list[PersonFields]:
        """Who was named; one person without a name if nobody was."""
        return [person for person in self.people if self.cleaned_data[person.name]] or self.people[:1]

    @property
    def names(self) -> list[str]:
        return [self.cleaned_data[person.name] for person in self.coming]

    @property
    def together(self) -> bool:
        return self.cleaned_data.get("together") == "all"

    @property
    def answers(self) -> list[dict[int, list[str]]]:
        """What was answered for each of the ``names``, by the id of the question."""
        return [person.answers(self) for person in self.coming]


class ChangeSignupForm(CheckedForm):
    """Who comes with a place that a seller has, and what the host was told; filled with what was said before."""

    def __init__(self, data: QueryDict | None = None, *, signup: Signup) -> None:
        super().__init__(data)
        said = {answer.question_id: answer.values for answer in signup.answers.all()}
        self.person = PersonFields.asked(signup.workshop.questions.all())
        self.fields = {"attendee": _name_field(1)} | self.person.fields
        asked = self.person.questions.items()
        self.initial = {"attendee": signup.attendee}
        self.initial |= {field: _value(one, said[one.pk]) for field, one in asked if one.pk in said}

    @property
    def answers(self) -> dict[int, list[str]]:
        """What is answered now, by the id of the question."""
        return self.person.answers(self)


def was_damaged() -> str:
    return _("The form arrived damaged, so nobody was signed up. Please send it again.")


def _is_key(text: str) -> bool:
    """Whether it is the key of a form, or none is given."""
    try:
        return not text or bool(UUID(text))
    except ValueError:
        return False


def _name_field(number: int, *, of: int = 1, is_asked: bool = False) -> forms.CharField:
    """The name of one of several people, who has a group of fields where something is asked."""
    label = _lazy("Who comes") if of == 1 or is_asked else format_lazy(_lazy("Person {number}"), number=number)
    field = forms.CharField(label=label, max_length=120, required=False)
    field.widget.attrs["autocomplete"] = "name" if number == 1 else "off"
    if number == 1 and of > 1 and not is_asked:
        field.help_text = _("Leave empty whom you do not need: each name is a place.")
    return field


def _together_field() -> forms.ChoiceField:
    choices = [
        ("some", _("Take those there are; the others wait")),
        ("all", _("Take none, unless there is one for each")),
    ]
    return forms.ChoiceField(
        label=_("If fewer places are free"), choices=choices, initial="some", widget=forms.RadioSelect, required=False
    )


NO_ANSWER = {"required": _lazy("This question has no answer yet.")}


def _field_of(question: SignupQuestion) -> forms.Field:
    kind, choices = SignupQuestion.Kind, [(choice, choice) for choice in question.choices]
    common: dict[str, Any] = {"label": question.text, "required": question.required, "error_messages": NO_ANSWER}
    if question.sensitive:
        common["help_text"] = _("Only the hosts see this. It is deleted 30 days after the end.")
    if question.kind == kind.CHOICE:
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
    if question.kind == kind.MULTI:
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    if question.kind == kind.BOOL:
        yes_or_no = [("yes", _("Yes")), ("no", _("No"))]
        return forms.ChoiceField(choices=yes_or_no, widget=forms.RadioSelect, **common)
    return forms.CharField(max_length=MAX_ANSWER_LENGTH, widget=TextArea(attrs={"rows": 2}), **common)


def _values(answer: str | list[str]) -> list[str]:
    return [answer] if isinstance(answer, str) and answer else list(answer)


def _value(question: SignupQuestion, values: Sequence[str]) -> str | list[str]:
    """What was answered, as the field of the question has it."""
    return list(values) if question.kind == SignupQuestion.Kind.MULTI else values[0]


class CheckInForm(CheckedForm):
    code = forms.CharField(
        label=_lazy("Check-in code"),
        max_length=300,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "enterkeyhint": "go"}
        ),
    )

    def clean_code(self) -> str:
        return rules.read_code(self.cleaned_data["code"])


class WalkInForm(OnceForm):
    """Whose seller walked in, chosen from those that were found."""

    seller = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    attendee = forms.CharField(label=_lazy("Who comes"), max_length=120, required=False)


class LateForm(CheckedForm):
    reason = forms.CharField(
        label=_lazy("How you know"),
        max_length=300,
        help_text=_lazy("The seller reads it, and the audit trail keeps it."),
    )


class DoorLinkForm(CheckedForm):
    name = forms.CharField(
        label=_lazy("Whose phone, or which door"),
        max_length=80,
        help_text=_lazy("The audit trail says it with everybody who is checked in by this link."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
