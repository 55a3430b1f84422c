"""The program of every process that `up` starts: `python -m deploy.child ROLE HOME`."""

from __future__ import annotations

import sys
from pathlib import Path

from deploy import roles
from schemas.process.settings import load

if __name__ == "__main__":
    _, role, home = sys.argv
    sys.exit(roles.run(role, load(Path(home))))
