"""What the author of a kind reads first and last.

A kind is a :class:`~provisioner.engine.model.Resource` (what can be declared) and a :class:`Reconciler` (how AWS
is read and written). You must write ``read``, ``create`` and ``delete``; you may write the rest:

1. ``read``    every sought resource of the kind, in as few calls as AWS allows -> ``Live``
2. ``create``  yield the calls that make it
3. ``update``  yield the calls that mend ``changed``; the default creates again, right for Put-style APIs
4. ``delete``  yield the calls that remove it
5. ``revive``  yield the calls that bring back a thing on its way out; the default creates
6. ``predict`` outputs that follow from the name, so that most plans hold no unknown

What the engine must know of a kind is declared on its classes, never guessed. On the resource: ``tags``, ``parent`` or
``identity``, by which it is known whose a thing is. On the reconciler: ``once``, ``precious``,
``lingers``, ``delete_batch``, ``takes``.

Five rules: ``None`` is never compared; ``normal=`` runs for both sides; ``immutable=True`` means replacement; outputs
that follow from a name are predicted; facts come from ``read`` and steps are straight lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from provisioner.engine.model import UNSEEN, Address, R, Resource
from provisioner.engine.questions import Aside, Questions
from provisioner.engine.steps import Call, Steps

R_co = TypeVar("R_co", bound=Resource, covariant=True)
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Scope:
    """Where a platform lives: one environment, in one Region of one account."""

    platform: str
    environment: str
    account: str
    region: str
    partition: str = "aws"

    @property
    def stack(self) -> str:
        """The value of the ownership tag ``provisioner:stack``."""
        return f"{self.platform}/{self.environment}/{self.region}"


class World(Protocol):
    """AWS as a kind's ``read`` may ask it. Every method only reads.

    Who asks says what the answer looks like, by the TypedDict that ``types-boto3`` has of it:
    ``answer: GetRoleResponseTypeDef | None = world.find("iam", "GetRole", RoleName=name)``.
    """

    @property
    def scope(self) -> Scope: ...

    def ask(self, service: str, operation: str, **params: Any) -> Any:
        """One call's answer."""

    def find(self, service: str, operation: str, **params: Any) -> Any | None:
        """One call's answer, or ``None`` where AWS says that the thing is not there."""

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[Any]:
        """The items under ``key`` of all pages; ``[]`` where the thing asked about is not there."""

    def each(self, function: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """``function`` over ``items``, side by side, in their order."""

    def tagged(self) -> dict[str, dict[str, str]]:
        """ARN -> tags of everything that bears this stack's ownership tag, by AWS's index of tags."""

    def eventually(self, find: Callable[[], T | None]) -> T | None:
        """What ``find`` finds, asked again for as long as AWS may not show what was made just before."""

    def quota(self, service: str, code: str, default: float) -> float:
        """The account's own quota where it may be read, else ``default``."""


@dataclass(frozen=True)
class Record:
    """What the state file knows of one resource.

    ``outputs`` as AWS last showed them, ``applied`` the attributes as last applied (of secrets a stamp), ``needs``
    the addresses it stood on, ``partial`` when a run died between its first call and its last, ``adopted`` the tags
    that a thing bore when it was taken over by consent.
    """

    address: Address
    outputs: Mapping[str, Any] = field(default_factory=dict)
    applied: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[Address, ...] = ()
    partial: bool = False
    adopted: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Sought(Generic[R_co]):
    """One thing to look for: by what is wanted, by what was recorded, or only by its name."""

    address: Address
    want: R_co | None = None
    record: Record | None = None
    tags: Mapping[str, str] | None = None
    """Its tags, where this run knows them already and nobody need be asked."""
    made: bool = False
    """This run has made it."""
    removed: bool = False
    """This run has removed it: no more is asked than whether it is gone."""

    @property
    def unheard(self) -> bool:
        """Whether its creation was begun, and nobody knows whether AWS made it."""
        return self.record is not None and self.record.partial and not self.record.outputs

    def last(self, attribute: str, default: Any = UNSEEN) -> Any:
        """The value of ``attribute`` that we last applied, else ``default``."""
        return self.record.applied.get(attribute, default) if self.record else default

    def intended(self, attribute: str, default: Any) -> Any:
        """What AWS never shows of a write-only ``attribute``: as wanted, else as last applied."""
        return getattr(self.want, attribute) if self.want else self.last(attribute, default)


class Birth(NamedTuple):
    """The ``output`` by which AWS tells when a thing was made, or an alarm last put, and that time ``at``.

    In milliseconds since 1970; ``None`` where AWS does not say. A thing with another is another, or not as it was.
    """

    output: str
    at: int | None


@dataclass(frozen=True)
class Live(Generic[R_co]):
    """A thing as AWS has it: the same class, the same words, so that the two sides compare."""

    resource: R_co
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What others may refer to, and what tells this very object from a namesake."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What steps need and no diff sees."""
    gone: bool = False
    """It still answers, but is on its way out: a KMS key pending deletion."""
    notes: tuple[str, ...] = ()
    """What a person should know and no apply would change."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """The tags that AWS itself has put on it, which nobody can manage. A kind reads them among all tags."""
    unread: Mapping[str, object] = field(default_factory=dict)
    """What AWS also says of it, in AWS's words: set, and compared with nothing. A person is told."""


def live_notes(lives: Iterable[Live[Resource]]) -> list[str]:
    """The notes of ``lives``, each with its address."""
    return sorted(f"{live.resource.address}: {note}" for live in lives for note in live.notes)


class Memo(Protocol):
    """What the reads of one observation share."""

    def sought(self, *kinds: str) -> list[Sought[Resource]]:
        """Everything sought of ``kinds``, for a call that answers for several kinds at once."""

    def once(self, key: str, fetch: Callable[[], T]) -> T:
        """The result of ``fetch``, called once for ``key`` in this observation."""

    def listed(self, address: Address) -> list[str]:
        """ARNs that bear our ownership tags with ``address``."""

    def tags(
        self, arn: str, item: Sought[Resource], native: Callable[[], Mapping[str, str]], birth: Birth | None = None
    ) -> dict[str, str]:
        """The tags of ``arn`` as the bulk listing has them, confirmed by ``native`` where they are not as wanted.

        With a ``birth``, what is too young for the listing needs no such call: see :mod:`provisioner.engine.tags`.
        """

    def ours(self, kind: str) -> set[str]:
        """The names of what is there of ``kind`` and is ours. It is known when everything has been read."""

    def foreign(self, kind: str, parent: Address, name: str, *, hears: bool = False) -> None:
        """What nobody has declared or recorded inside a thing that is sought: it is left alone, and named."""

    def unseen(self, what: str, code: str) -> None:
        """``what`` could not be looked at for AWS's ``code``: it stops nothing, and is named."""


class Reconciler(Generic[R]):
    """How one kind is read and converged. Instances hold no state but the world they read."""

    resource: ClassVar[type[Resource]]
    service: ClassVar[str]
    once: ClassVar[frozenset[str]] = frozenset()
    """Operations that make another thing each time, because AWS draws the name. For these ``effect`` is needed."""
    precious: ClassVar[bool] = False
    """It holds data, or data is encrypted with it: in a protected environment it is neither removed nor replaced."""
    seals: ClassVar[bool] = False
    """What is encrypted with it is lost without it: it stays as long as anything stays that stands on it."""
    holds: ClassVar[frozenset[str]] = frozenset()
    """Kinds that this one stands on, and that AWS does not remove, or that it cannot be without, while it is there."""
    guard: ClassVar[str | None] = None
    """The attribute by which AWS protects it from removal."""
    lingers: ClassVar[bool] = False
    """A deleted one still exists for a while and can be brought back, so its ids stay on record."""
    delete_batch: ClassVar[int] = 1
    """How many of them one ``delete_many`` may remove."""
    takes: ClassVar[Mapping[str, int]] = {}
    """Kinds that stand below this one, and how many of each its own removal may take along in the same call."""

    def __init__(self, world: World) -> None:
        kind = self.resource
        if not ("tags" in kind.attributes() or kind.parent or kind.identity):
            raise TypeError(f"{kind.__name__} does not declare whose it is: it needs tags, a parent or an identity")
        if self.once and type(self).effect is Reconciler.effect:
            raise TypeError(f"{kind.__name__} is made once, and nothing says how to find one that was made unheard")
        self.world = world
        self.scope = world.scope

    def read(self, sought: Sequence[Sought[R]], memo: Memo) -> dict[Address, Live[R]]:
        """Those of ``sought`` that exist."""
        raise NotImplementedError

    def create(self, want: R) -> Steps:
        """Make it. Everything in ``want`` is known."""
        raise NotImplementedError

    def effect(self, call: Call) -> Callable[[], Any] | None:
        """How to look whether ``call`` took effect; ``None`` where AWS takes it twice as it takes it once.

        What it returns finds AWS's answer, as far as the steps use it, or ``None``. It is asked where a try was not
        answered: before another, if that would make a second thing, and otherwise where AWS refuses another. What a
        stranger has made under the same name is no effect of ours.
        """
        return None

    def update(self, want: R, live: Live[R], changed: frozenset[str]) -> Steps:
        """Bring ``changed``, names of attributes, to what ``want`` says."""
        yield from self.create(want)

    def delete(self, live: Live[R]) -> Steps:
        """Remove it; removing what is gone already is harmless."""
        raise NotImplementedError

    def delete_many(self, lives: Sequence[Live[R]]) -> Steps:
        """Remove up to ``delete_batch`` of them at once, or one and what it ``takes``."""
        for live in lives:
            yield from self.delete(live)

    def revive(self, want: R, live: Live[R], changed: frozenset[str]) -> Steps:
        """Bring back what is on its way out."""
        yield from self.create(want)

    def name_of(self, arn: str) -> str | None:
        """The name of the thing of this kind at ``arn``; ``None`` where an ARN of this form is of another kind.

        Only the ARN counts, and what AWS says of it. Anybody may have written what the tags of a thing say.
        """
        return None

    def predict(self, want: R) -> dict[str, Any]:
        """Outputs that follow from the name; those of most kinds do."""
        return {}

    def serial(self, want: R) -> str | None:
        """Changes of one key run one after another: AWS refuses concurrent writes to some parents."""
        return None

    def implicit(self, live: Live[R]) -> bool:
        """Whether ``live``, which has no owner by its tags, was made by the first thing that used its name.

        Such a thing is taken over without asking.
        """
        return False

    def held_back(self, record: Record) -> str | None:
        """Why a thing that vanished is no drift, and is not made again without consent; or ``None``."""
        return None

    def losses(self, going: Sequence[Live[R]], memo: Memo) -> dict[Address, str]:
        """What nobody can bring back of those that are ``going`` to be removed or replaced; nothing of the others."""
        return {}

    def spoils(self, want: R, live: Live[R], changed: frozenset[str]) -> dict[str, str]:
        """The attributes among ``changed`` whose change destroys data, with what is lost."""
        return {}

    def obstacles(self, going: Sequence[Live[R]], memo: Memo) -> dict[Address, str]:
        """Which of those that are ``going`` to be removed AWS would not remove, or others still use, and why.

        Asked before the first removal, so that a cluster with running services does not show after all alarms are gone.
        """
        return {}

    def asides(self, lives: Sequence[Live[R]], questions: Questions) -> Iterable[Aside]:
        """What of ``lives`` only calls of their own can tell and no plan asks for: looked for on request."""
        return ()

    def refusals(self, creating: Sequence[R], memo: Memo) -> list[str]:
        """Why ``creating`` these would run into a quota, with the numbers; asked only when some are created."""
        return []

    def call(self, operation: str, **params: Any) -> Call:
        """A step of this kind's own service; parameters that are ``None`` are left out."""
        given = {name: value for name, value in params.items() if value is not None}
        call = Call(self.service, operation, given, once=operation in self.once)
        return replace(call, effect=self.effect(call))


class Reconcilers(dict[str, Reconciler[Any]]):
    """Kind -> its reconciler, in the order of creation."""


def changed_tags(want: Mapping[str, str], live: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What to tag and which keys to untag, so that ``live`` becomes ``want``."""
    put = {key: value for key, value in want.items() if live.get(key) != value}
    return put, sorted(key for key in live if key not in want)
