"""Which adapters are in memory: least recently used out first, the rest on disk.

Any number can be registered; registering reads nothing. Files are read and laid out on a
thread of their own, while the requests that have what they need go on.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from adapters.engine.lora import Adapter, load
from adapters.engine.weights import Shape
from adapters.errors import AdapterError


@dataclass
class Resident:
    """An adapter in memory, under a number that rows name it by.

    Attributes:
        key: Its name and how often that name was registered, for cached prompts.
        users: Requests that use it now; it stays as long as there are any.
    """

    adapter: Adapter
    slot: int
    key: str
    users: int = 0


@dataclass
class AdapterStore:
    """Registered and resident adapters. One thread uses it; loading happens on another.

    Attributes:
        budget_bytes: Memory that resident adapters may take.
        on_loaded: Called (on the loading thread) when a load ended, well or not.
        placed: Called with (slot, adapter or None) when a slot changes.
    """

    shape: Shape
    budget_bytes: int
    on_loaded: Callable[[], None] = lambda: None
    placed: Callable[[int, Adapter | None], None] = lambda slot, adapter: None
    loads: int = 0
    evictions: int = 0
    _folders: dict[str, tuple[Path, str]] = field(default_factory=dict)
    _resident: OrderedDict[str, Resident] = field(default_factory=OrderedDict)
    _loading: set[str] = field(default_factory=set)
    _wanted: queue.SimpleQueue[tuple[str, str, Path] | None] = field(
        default_factory=queue.SimpleQueue
    )
    _loaded: queue.SimpleQueue[tuple[str, str, Adapter | AdapterError]] = field(
        default_factory=queue.SimpleQueue
    )
    _ready: dict[str, tuple[str, Adapter | AdapterError]] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Registered names, in order of registration."""
        return tuple(self._folders)

    @property
    def resident_names(self) -> tuple[str, ...]:
        """Names in memory, least recently used first."""
        return tuple(self._resident)

    @property
    def used_bytes(self) -> int:
        """Memory that resident adapters take."""
        return sum(resident.adapter.bytes for resident in self._resident.values())

    def register(self, name: str, folder: Path) -> None:
        """Name a folder; a name registered again means the new folder from now on."""
        generation = int(self._folders[name][1].rpartition("#")[2]) + 1 if name in self else 0
        self._folders[name] = (folder, f"{name}#{generation}")

    def __contains__(self, name: str) -> bool:
        return name in self._folders

    def acquire(self, name: str) -> Resident | None:
        """Return an adapter for one more user, or None while it is being loaded.

        Raises:
            AdapterError: It is unknown or cannot be loaded; asking again tries again.
        """
        if name not in self._folders:
            raise AdapterError(name, "there is none of this name")
        folder, key = self._folders[name]
        resident = self._resident.get(name)
        if resident is not None and resident.key != key and not resident.users:
            self._evict(name)
            resident = None
        if resident is None:
            resident = self._take_loaded(name, folder, key)
        if resident is not None:
            self._resident.move_to_end(name)
            resident.users += 1
        return resident

    def release(self, resident: Resident) -> None:
        """Give an adapter back."""
        resident.users -= 1

    def close(self) -> None:
        """End the loading thread."""
        if self._thread is not None:
            self._wanted.put(None)
            self._thread.join()
            self._thread = None

    def _take_loaded(self, name: str, folder: Path, key: str) -> Resident | None:
        while not self._loaded.empty():
            done, done_key, result = self._loaded.get()
            self._loading.discard(done)
            self._ready[done] = (done_key, result)
        found_key, found = self._ready.get(name, ("", None))
        if found_key != key or found is None:
            self._ready.pop(name, None)
            self._ask(name, folder, key)
            return None
        if isinstance(found, AdapterError):
            del self._ready[name]
            raise found
        if not self._make_room(found):
            return None
        del self._ready[name]
        self.loads += 1
        taken = {resident.slot for resident in self._resident.values()}
        slot = next(number for number in range(len(taken) + 1) if number not in taken)
        self._resident[name] = Resident(found, slot, key)
        self.placed(slot, found)
        return self._resident[name]

    def _make_room(self, adapter: Adapter) -> bool:
        if adapter.bytes > self.budget_bytes:
            self._ready.pop(adapter.name, None)
            raise AdapterError(
                adapter.name,
                f"it takes {adapter.bytes:,} bytes and the budget is {self.budget_bytes:,}",
            )
        for name in list(self._resident):
            if self.used_bytes + adapter.bytes <= self.budget_bytes:
                return True
            if not self._resident[name].users:
                self._evict(name)
        return self.used_bytes + adapter.bytes <= self.budget_bytes

    def _evict(self, name: str) -> None:
        self.placed(self._resident.pop(name).slot, None)
        self.evictions += 1

    def _ask(self, name: str, folder: Path, key: str) -> None:
        if name in self._loading:
            return
        self._loading.add(name)
        if self._thread is None:
            self._thread = threading.Thread(target=self._load_all, daemon=True, name="adapters")
            self._thread.start()
        self._wanted.put((name, key, folder))

    def _load_all(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            name, key, folder = wanted
            try:
                result: Adapter | AdapterError = load(folder, self.shape, name)
            except AdapterError as error:
                result = error
            except Exception as error:
                # Recorded and handed to the request that asked: the thread serves others too.
                result = AdapterError(name, f"{type(error).__name__}: {error}")
            self._loaded.put((name, key, result))
            self.on_loaded()
