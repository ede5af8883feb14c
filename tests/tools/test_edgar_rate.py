import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.edgar_server import EdgarServer
from tools.edgar.rate import SharedRate

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 10
# Every process asks with three threads, as fast as it is let.
ASK = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tools.edgar import addresses
from tools.edgar.client import Client
from tools.edgar.settings import EdgarSettings

url, cache, times = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
settings = EdgarSettings("Jane Doe jane@example.com", cache, url, url, requests_per_second=10,
                         fresh_seconds=0)
print("ready", flush=True)
sys.stdin.readline()
with Client(settings) as client, ThreadPoolExecutor(3) as pool:
    list(pool.map(client.json, [addresses.TICKERS] * times))
"""


def test_no_second_sees_more_than_the_limit_whatever_the_processes(
    edgar: EdgarServer, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", ASK, edgar.url, str(tmp_path / "cache"), "9"]
    asking = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in asking:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in asking:
        process.communicate("go\n")
    assert [process.returncode for process in asking] == [0] * 4
    assert len(edgar.requests) == 36
    assert edgar.busiest_second() <= LIMIT


def test_threads_share_the_distance(tmp_path: Path) -> None:
    rate = SharedRate(tmp_path, 50)
    began = time.monotonic()
    threads = [threading.Thread(target=rate.wait) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 19 / 50


def test_a_hold_stops_everyone_who_shares_the_folder(tmp_path: Path) -> None:
    one, other = SharedRate(tmp_path, 10), SharedRate(tmp_path, 10)
    one.hold(0.5)
    began = time.monotonic()
    other.wait()
    assert time.monotonic() - began >= 0.45


def test_a_clock_set_back_or_a_broken_file_stops_nobody(tmp_path: Path) -> None:
    rate = SharedRate(tmp_path, 10)
    ahead = time.time() + 9999
    for text in (f'{{"last": {ahead}, "not_before": {ahead}}}', '{"last', "7", ""):
        (tmp_path / "rate.json").write_text(text)
        began = time.monotonic()
        rate.wait()
        assert time.monotonic() - began < 1
