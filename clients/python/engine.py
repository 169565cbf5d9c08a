"""An automation engine's side of Ratchet, in Python: ask what to do, do it, tell how it went.

    pip install confluent-kafka
    KAFKA_BROKERS=127.0.0.1:9092 SERVING_URL=http://127.0.0.1:7410 python engine.py
"""
import json
import os
import time
import uuid
from urllib.request import Request, urlopen

from confluent_kafka import Producer

SERVING = os.environ.get("SERVING_URL", "http://127.0.0.1:7410")
HEADERS = {"content-type": "application/json"}
if os.environ.get("SERVING_TOKEN"):
    HEADERS["authorization"] = f"Bearer {os.environ['SERVING_TOKEN']}"

producer = Producer({
    "bootstrap.servers": os.environ.get("KAFKA_BROKERS", "127.0.0.1:9092"),
    "enable.idempotence": True,  # acks=all, and a repeated send is one message
})


def decide(task_id, site):
    """What the live model recommends: decision, confidence, probabilities, model_version, prediction_id."""
    body = json.dumps({"task_id": task_id, "features": site}).encode()
    with urlopen(Request(f"{SERVING}/v1/decide", body, HEADERS), timeout=2) as answer:
        return json.load(answer)


def tell(outcome, undelivered):
    """Publishes one outcome. With an id of its own, sending it again changes nothing."""
    producer.produce(
        os.environ.get("KAFKA_TOPIC_PREFIX", "") + "automation.outcomes",
        key=str(outcome["task_id"]),  # one task's outcomes stay in order
        value=json.dumps(outcome),
        headers={
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_type": "automation.outcomes",
            "ce_source": "my-engine",
            "content-type": "application/json",
        },
        on_delivery=lambda error, message: error and undelivered.append((error.str(), outcome)),
    )
    producer.poll(0)


def carry_out(action, site):
    """Your work: True if it succeeded."""
    return site["da"] % 2 == 0


if __name__ == "__main__":
    undelivered = []
    for n in range(int(os.environ.get("TASKS", "10"))):
        task_id = f"{os.environ.get('PREFIX', 'task')}-{n}"
        site = {"url": f"https://forum{n}.example.org/t/{n}", "da": 20 + n}
        try:
            answer = decide(task_id, site)
            action, link = answer["decision"], {k: answer[k] for k in ("prediction_id", "model_version")}
        except OSError:  # no answer in time: your own rule, as before
            action, link = "forum", {}
        started = time.time()
        success = carry_out(action, site)
        tell({
            "task_id": task_id,
            "timestamp": time.time(),
            "action_attempted": action,
            "result": "success" if success else "failed",
            "failure_reason": None if success else "captcha_failed",
            "execution_time": time.time() - started,
            "features": site,
            **link,
        }, undelivered)
    producer.flush(30)
    if undelivered:
        raise SystemExit(f"{len(undelivered)} outcomes are not in Kafka: {undelivered[0]}")
    print(json.dumps({"told": n + 1}))
