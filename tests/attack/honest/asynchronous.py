# an event loop with timers, a thread pool and a subprocess
import asyncio
import sys

from arsenal import predict


async def main():
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE)
    said, _ = await child.communicate()
    slept = await asyncio.gather(*(asyncio.sleep(0.01, i) for i in range(20)))
    summed = await asyncio.to_thread(sum, slept)
    assert (said.strip(), summed) == (b"42", 190)


def fit(train):
    asyncio.run(main())
    print("done as usual")
    return 0
