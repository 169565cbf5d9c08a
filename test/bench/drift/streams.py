"""Streams of River's generators with a change in them, and River's adaptive random forest on any stream.

streams.py generate FOLDER ROWS ONSET TEST SEED    writes NAME.jsonl (the stream) and NAME.test.jsonl (the new world alone)
streams.py forest STREAM TEST ONSET EVERY SEED     prints the forest's accuracy on the test rows after every so many rows
"""

import json
import sys

from river import forest
from river.datasets import synth


def concepts(seed):
    """Before and after: the same inputs, another rule."""
    return {
        "sea": (synth.SEA(variant=2, noise=0.1, seed=seed), synth.SEA(variant=1, noise=0.1, seed=seed + 1)),
        "agrawal": (
            synth.Agrawal(classification_function=2, perturbation=0.05, seed=seed),
            synth.Agrawal(classification_function=4, perturbation=0.05, seed=seed + 1),
        ),
        "hyperplane": (
            synth.Hyperplane(n_features=6, n_drift_features=0, noise_percentage=0.1, seed=seed),
            synth.Hyperplane(n_features=6, n_drift_features=0, noise_percentage=0.1, seed=seed + 1),
        ),
    }


def write(path, rows):
    with open(path, "w") as file:
        for features, label in rows:
            named = {f"f{key}" if isinstance(key, int) else key: value for key, value in features.items()}
            file.write(json.dumps({"features": named, "label": str(int(label))}) + "\n")


def generate(folder, rows, onset, test, seed):
    # River cannot exponentiate what a narrower change needs.
    for width, kind in ((100, "abrupt"), (2000, "gradual")):
        for name in concepts(seed):
            before, after = concepts(seed)[name]
            # The middle of a gradual change lies half a width after its beginning.
            middle = onset + width // 2
            stream = synth.ConceptDriftStream(before, after, position=middle, width=width, seed=seed)
            write(f"{folder}/{name}-{kind}.jsonl", stream.take(rows))
            write(f"{folder}/{name}-{kind}.test.jsonl", fresh(name, seed, test))
    for name in concepts(seed):
        write(f"{folder}/{name}-steady.jsonl", concepts(seed)[name][0].take(rows))
        write(f"{folder}/{name}-steady.test.jsonl", skipped(concepts(seed)[name][0], rows, test))


def skipped(stream, skip, take):
    for at, row in enumerate(stream.take(skip + take)):
        if at >= skip:
            yield row


def fresh(name, seed, test):
    """Rows of the new concept that no stream holds: those far behind the ones it was drawn from."""
    return skipped(concepts(seed)[name][1], 40_000, test)


def read(path):
    with open(path) as file:
        for line in file:
            row = json.loads(line)
            yield row["features"], row["label"]


def run_forest(stream, test, onset, every, seed):
    model = forest.ARFClassifier(n_models=10, seed=seed)
    held = list(read(test))[:1000]
    accuracies = []
    for at, (features, label) in enumerate(read(stream), start=1):
        model.learn_one(features, label)
        if at >= onset and (at - onset) % every == 0:
            right = sum(model.predict_one(x) == y for x, y in held)
            accuracies.append([at - onset, right / len(held)])
    print(json.dumps(accuracies))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "generate":
        generate(arguments[0], *map(int, arguments[1:]))
    else:
        run_forest(arguments[0], arguments[1], *map(int, arguments[2:]))
