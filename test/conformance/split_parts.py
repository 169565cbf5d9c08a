"""The part of each key (a JSON text a line) as one digit, by the reference trainer's own function."""
import json
import sys

sys.path.insert(0, sys.argv[1])
from trainer import part_of

DIGIT = {"train": "0", "validation": "1", "test": "2"}
shares = json.loads(sys.argv[3])
with open(sys.argv[2], encoding="utf-8", newline="\n") as keys:
    print("".join(DIGIT[part_of(json.loads(line), shares)] for line in keys))
