"""The token API as a person meets it: start it, ask it, break it, see who asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from lab_helpers.arguments import Port, Span, checked
from lab_helpers.board.events import TokenAsked
from lab_helpers.endings import stop_after
from lab_helpers.errors import TokenApiError
from lab_helpers.late import late
from lab_helpers.token_api.faults import Fault, Switch
from lab_helpers.token_api.listening import ClaimedPort, refuse_wildcard
from lab_helpers.token_api.records import Records, died
from lab_helpers.token_api.signing import AUDIENCE, ISSUER, SUBJECT, Issuer, Verdict

if TYPE_CHECKING:
    from lab_helpers.token_api import app, server
    from lab_helpers.token_api.server import ServerThread
else:
    app, server = late("lab_helpers.token_api.app"), late("lab_helpers.token_api.server")

__all__ = ["TokenApi"]


class TokenApi:
    """The JWT service that the filter asks for its tokens; it is the upstream as well.

    A real HTTP server in a thread of this process:

    - `GET /auth` answers 200 with `authorization: Bearer <JWT>`, or fails as `fault` says;
    - `GET /.well-known/jwks.json` answers the key that the tokens are signed with;
    - every other path answers a greeting that names the path.

    ```python
    with TokenApi() as api:
        print(httpx.get(f"{api.url}/auth").headers["authorization"])
        api.fault = Fault.ERROR
    ```

    Args:
        hosts: The addresses to listen on; never all of the machine's at once.
        port: The port, the same on each address; 0 for a free one, chosen anew at each start.
        on_asked: Called for every call for a token, in the server's thread, before the reply
            leaves: it must not wait for anything. What it raises comes out of `stop`.
        token_lifetime_s: From a token's `iat` to its `exp`, in seconds, rounded up to whole ones.
            60 outlives three of the article's ticks, so a token goes bad when four are missed.
        issuer: The claim `iss`.
        subject: The claim `sub` for a caller without the header `x-wasm-vm`; with it, `sub` is
            `vm-<tag>`, so that a decoded token says which VM fetched it.
        audience: The claim `aud`.

    Raises:
        TokenApiError: If an argument cannot work.
    """

    @checked
    def __init__(
        self,
        *,
        hosts: Sequence[str] = ("127.0.0.1",),
        port: Port = 0,
        on_asked: Callable[[TokenAsked], None] | None = None,
        token_lifetime_s: Span = 60,
        issuer: str = ISSUER,
        subject: str = SUBJECT,
        audience: str = AUDIENCE,
    ) -> None:
        if not hosts:
            raise TokenApiError("There is no address to listen on.", hint='hosts=("127.0.0.1",).')
        self.hosts = tuple(hosts)
        self._wanted_port = port
        self._naming = {"issuer": issuer, "subject": subject, "audience": audience}
        self._lifetime_s = token_lifetime_s
        self._issuer: Issuer | None = None
        self._switch = Switch()
        self._claimed: ClaimedPort | None = None
        self._thread: ServerThread | None = None
        self._records = Records(on_asked)
        # Starts, stops and faults may come from a cell and from a button's thread at once.
        self._control = threading.RLock()

    def start(self) -> Self:
        """Start; nothing happens when it runs already.

        The key is made at the first start and kept, so tokens stay good over a stop and a start.

        Returns:
            This API, ready for requests.

        Raises:
            TokenApiError: If the port is busy or not allowed, or an address is not this machine's.
        """
        with self._control:
            if self._thread is not None:
                self._check(self._thread)
                return self
            claimed = ClaimedPort(self._hosts, self._wanted_port)
            if self._issuer is None:
                self._issuer = Issuer(lifetime_s=self._lifetime_s, **self._naming)
            service = app.build_app(
                self._issuer, self._switch, self._records.note, self._records.fail
            )
            thread = server.ServerThread(service, self._switch, claimed, self._records)
            thread.start()
            self._claimed, self._thread = claimed, thread
            return self

    def stop(self) -> None:
        """Stop, close every connection and give the port back; doing it twice is fine.

        Raises:
            TokenApiError: If `on_asked` failed or the server died since the start. It is stopped
                all the same.
        """
        thread = self._thread
        if thread is not None and thread.is_current_thread:
            raise TokenApiError(
                "on_asked cannot stop the token API: it runs in the API's own thread.",
                hint="stop it from a cell.",
            )
        with self._control:
            thread, self._thread = self._thread, None
            if thread is None:
                return
            death = thread.death
            thread.stop()
        if death is not None:
            raise died(death) from death
        self._records.raise_failures()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop_after(self, error)

    def __repr__(self) -> str:
        place = self.url if self.running else "stopped"
        return f"<TokenApi {place}, fault {self.fault.value}>"

    @property
    def running(self) -> bool:
        """Whether it is started and alive."""
        return self._thread is not None and self._thread.death is None

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            TokenApiError: If it is not running, or died.
        """
        thread, claimed = self._thread, self._claimed
        if thread is None or claimed is None:
            raise TokenApiError(
                "The token API is not running.", hint="start() it, or use it in a with statement."
            )
        self._check(thread)
        return claimed.port

    @property
    def hosts(self) -> tuple[str, ...]:
        """The addresses that it listens on; others that are set take effect at the next start.

        Raises:
            TokenApiError: If an address means all of the machine's.
        """
        claimed = self._claimed
        return claimed.hosts if self.running and claimed is not None else self._hosts

    @hosts.setter
    def hosts(self, hosts: tuple[str, ...]) -> None:
        for host in hosts:
            refuse_wildcard(host)
        self._hosts = hosts

    @property
    def url(self) -> str:
        """Where it answers on its first address, without a slash at the end.

        Raises:
            TokenApiError: If it is not running, or died.
        """
        host = self.hosts[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def fault(self) -> Fault:
        """How it fails; set it at any time, to a `Fault` or its value.

        Once set it holds for every request that comes. A reply that `hang` held back goes out as
        the new fault says. `refuse` closes what is open, greetings included: the whole port is
        down. It stays over a stop and a start.

        Raises:
            TokenApiError: If there is no such fault, the server died, or it does not react.
        """
        return self._switch.fault

    @fault.setter
    def fault(self, fault: Fault | str) -> None:
        try:
            fault = Fault(fault)
        except ValueError as error:
            raise TokenApiError(
                f"There is no fault {fault!r}.", hint=f"one of {', '.join(Fault)}."
            ) from error
        thread = self._thread
        if thread is not None and thread.is_current_thread:
            # The lock may be held by a stop that waits for this very thread.
            thread.turn(fault)
            return
        with self._control:
            if self._thread is None:
                self._switch.turn(fault)
                return
            self._check(self._thread)
            self._thread.turn(fault)

    @checked
    def subscribe(self, listener: Callable[[TokenAsked], None]) -> None:
        """Tell one more of every call for a token, as `on_asked` is told.

        Args:
            listener: Called in the server's thread; it must not wait for anything. One that is
                told already is not told twice.
        """
        self._records.subscribe(listener)

    @checked
    def unsubscribe(self, listener: Callable[[TokenAsked], None]) -> None:
        """Tell it no more; one that was not told is fine.

        Args:
            listener: What `subscribe` was given.
        """
        self._records.unsubscribe(listener)

    @property
    def asked(self) -> tuple[TokenAsked, ...]:
        """The calls for a token, oldest first; the last `ASKED_KEPT` of them."""
        return self._records.asked

    @property
    def asked_total(self) -> int:
        """How many calls for a token there were, the forgotten ones included."""
        return self._records.asked_total

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set that the tokens are signed with.

        Raises:
            TokenApiError: If it was never started: the key is made then.
        """
        return self._signing().jwks()

    @checked
    def verify(self, header_value: str) -> Verdict:
        """Check the value of an `authorization` or `x-auth` header against this API's key.

        Args:
            header_value: The header's whole value, `Bearer <JWT>`.

        Returns:
            The verdict; a bad token is one, too.

        Raises:
            TokenApiError: If the API was never started: the key is made then.
        """
        return self._signing().verify(header_value)

    def _signing(self) -> Issuer:
        if self._issuer is None:
            raise TokenApiError(
                "The token API has no key before its first start.", hint="start() it first."
            )
        return self._issuer

    def _check(self, thread: ServerThread) -> None:
        if (death := thread.death) is not None:
            raise died(death) from death
