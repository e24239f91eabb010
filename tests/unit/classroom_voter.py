"""Votes for eighty members and says what was accepted, for tests that kill it.

python classroom_voter.py URL CODE ACTIVITY FIRST_MEMBER
"""

import sys
import time

from core.classroom import Classroom


def main(url: str, code: str, activity: str, first: str) -> None:
    classroom = Classroom(url)
    for number in range(int(first), int(first) + 80):
        member = classroom.join(code, f"m{number}", f"{number:032x}", "")
        for word in ("earlier", f"word {number}"):
            receipt = classroom.vote(member, int(activity), word)
        print(member.id, receipt.answer, flush=True)
    time.sleep(60)  # until it is killed


if __name__ == "__main__":
    main(*sys.argv[1:])
