"""Headers of a broker's session, from the agent or the command of broker-auth.

One file without dependencies, for Python 3.9 and later: copy it beside your program.

    from broker_auth import BrokerAuth

    broker = BrokerAuth()
    status, body = broker.request("main", "/userinfo")

A running agent (``broker-auth agent``) is asked over its socket; without one the command
``broker-auth`` is run. Neither ever gives out an MPIN, a TOTP secret or a key.
"""

import http.client
import json
import os
import socket
import stat
import subprocess
import urllib.error
import urllib.request
from datetime import datetime


_TAKEN_UP_SECONDS = 1.5


class BrokerAuthError(Exception):
    """What broker-auth said: ``code`` is one of its error codes, ``action`` what to do next."""

    def __init__(self, code, message, action=None):
        super().__init__(f"{code}: {message}" + (f" {action}" if action else ""))
        self.code = code
        self.action = action


class Session:
    """The headers of a session. Printing it shows none of them."""

    def __init__(self, answer):
        self.account = answer["account"]
        self.origin = answer["origin"]
        self.headers = answer["headers"]
        #: Which session these are of: say it in ``refused``.
        self.generation = answer["generation"]
        #: Seconds since 1970.
        self.expires = datetime.fromisoformat(answer["expires"].replace("Z", "+00:00")).timestamp()

    def __repr__(self):
        return f"<Session of {self.account}, generation {self.generation}>"


class BrokerAuth:
    def __init__(self, command="broker-auth", socket_path=None, timeout=60):
        self._command = [command] if isinstance(command, str) else list(command)
        self._socket = socket_path or _socket_path()
        self._timeout = timeout
        self._connection = None

    def session(self, account, purpose=None):
        """A live session. Asked for anew each time: broker-auth knows whether another program has a newer one."""
        question = {"account": account}
        if purpose is not None:
            question["purpose"] = purpose
        answer = self._ask("POST", "/v1/headers", question)
        if answer is None:
            more = [] if purpose is None else ["--purpose", purpose]
            answer = self._run("headers", account, *more)
        return Session(answer)

    def refused(self, account, generation):
        """Says that the broker refused this session: ``dead``, ``alive``, ``unknown`` or ``replaced``. Needs the agent."""
        answer = self._ask("POST", "/v1/refused", {"account": account, "generation": generation})
        return None if answer is None else answer["outcome"]

    def status(self):
        answer = self._ask("GET", "/v1/status", None)
        return (self._run("status", "--json") if answer is None else answer)["accounts"]

    def request(self, account, path, method="GET", data=None, headers=None, timeout=30):
        """Sends a request to the account's broker. Gives its status and body.

        A GET whose session was refused is sent once more where there is a newer session. Anything else is never repeated.
        """
        for attempt in (1, 2):
            session = self.session(account)
            status, body = _send(session, path, method, data, headers or {}, timeout)
            if status not in (401, 403, 440) or method != "GET" or attempt == 2:
                return status, body
            if self.refused(account, session.generation) not in ("dead", "replaced"):
                return status, body
        raise AssertionError("not reached")

    def _ask(self, method, path, question):
        """Asks the agent; None where none runs."""
        if not _is_own_folder(os.path.dirname(self._socket)):
            return None
        body = None if question is None else json.dumps(question)
        for fresh in (False, True):
            if self._connection is None or fresh:
                self._connection = _Connection(self._socket, self._timeout)
            try:
                self._connection.ask(method, path, body)
                answer = json.loads(self._connection.getresponse().read())
                break
            except socket.timeout:
                # An agent that was stopped: the command answers without it.
                self._connection.close()
                self._connection = None
                return None
            except (OSError, http.client.HTTPException, ValueError):
                # The connection may be one of an agent that ended meanwhile.
                self._connection.close()
                if fresh:
                    self._connection = None
                    return None
        return _checked(answer)

    def _run(self, *words):
        run = subprocess.run(
            [*self._command, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=self._timeout
        )
        try:
            return _checked(json.loads(run.stdout))
        except ValueError:
            lines = run.stderr.strip().splitlines() or [f"broker-auth ended with {run.returncode}"]
            codes = {2: "configuration", 3: "needs_input", 4: "refused", 5: "unavailable"}
            raise BrokerAuthError(codes.get(run.returncode, "fault"), " ".join(lines)) from None


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("agent", timeout=timeout)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def ask(self, method, path, body):
        """Sends the body when the agent has taken the request up, so that one that is stopped has none to carry out later."""
        data = b"" if body is None else body.encode()
        self.putrequest(method, path)
        self.putheader("Content-Length", str(len(data)))
        self.putheader("Expect", "100-continue")
        self.endheaders()
        self.sock.settimeout(_TAKEN_UP_SECONDS)
        if not self.sock.recv(1, socket.MSG_PEEK):
            raise ConnectionError("the agent has ended")
        self.sock.settimeout(self.timeout)
        self.send(data)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    # A followed redirect would take the headers to another host.
    def redirect_request(self, *_):
        return None


def _send(session, path, method, data, headers, timeout):
    if not path.startswith("/") or path.startswith("//"):
        raise BrokerAuthError("configuration", "the path must begin with one /")
    request = urllib.request.Request(session.origin + path, data=data, method=method)
    for name, value in {**headers, **session.headers}.items():
        request.add_header(name, value)
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _checked(answer):
    error = answer.get("error")
    if error is not None:
        raise BrokerAuthError(error.get("code", "fault"), error.get("message", ""), error.get("action"))
    if answer.get("version") != 1:
        raise BrokerAuthError("configuration", "broker-auth answers in a form that this module does not know")
    return answer


def _socket_path():
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = (
        os.path.join(runtime, "broker-auth")
        if os.path.isabs(runtime)
        else os.path.expanduser("~/.local/state/broker-auth-agent")
    )
    return os.path.join(folder, "agent.sock")


def _is_own_folder(folder):
    """Whether nobody else can have put a socket there."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077 == 0
