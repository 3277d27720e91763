"""A prediction process that knows its answers from a file: the protocol without TensorFlow.

The folder that FAKE_PREDICTION names holds `answers.json`: file name to a reply's `size`, `faces`
and `problem`, or to one word: `hang` answers only when it is cancelled, `die` kills the process.
Requests are noted in `requests.jsonl`. It starts once there is no file `not-yet`.
"""

import base64
import json
import os
import signal
import sys
import time
from pathlib import Path

HOME = Path(os.environ["FAKE_PREDICTION"])


def send(**body):
    sys.stdout.write(json.dumps(body) + "\n")
    sys.stdout.flush()


def receive():
    line = sys.stdin.readline()
    if not line:
        sys.exit(0)
    with open(HOME / "requests.jsonl", "a") as log:
        log.write(line)
    return json.loads(line)


def name_of(model):
    folder = Path(model).parent
    return folder.name if (folder / "config.toml").exists() else Path(model).stem


def overlay(model, head):
    shade = 60 if head == "age" else 180
    row = bytes(value for x in range(128) for value in (shade, x, 255 - shade))
    return base64.b64encode(row * 128).decode()


def heat(model, head, layer):
    value = 31.4 if head == "age" else 0.91
    return {"head": head, "layer": layer or "conv9", "layers": ["conv1", "conv9"], "value": value,
            "toward": "a higher age", "cold": "", "overlay": overlay(model, head),
            "heat": "AAH/"}  # fmt: skip


def predict(request, waiting):
    answers = json.loads((HOME / "answers.json").read_text())
    for file in request["files"]:
        answer = answers.get(Path(file).name, "no such answer")
        if answer == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if answer == "hang":
            while (other := receive()) != {"do": "cancel", "which": request["id"]}:
                waiting.append(other)
            return {"cancelled": True}
        body = {"file": str(Path(file)), "size": [0, 0], "faces": [], "problem": str(answer)}
        if isinstance(answer, dict):
            names = [name_of(model) for model in request["models"]]
            names += ["mean"] if request["mean"] and len(names) > 1 else []
            faces = []
            for face in answer["faces"]:
                said = [
                    {**one, "model": name}
                    for one, name in zip(face["predictions"], names, strict=False)
                ]
                faces.append({**face, "predictions": said})
                if not request.get("crops"):
                    del faces[-1]["crop"]
            body |= {**answer, "faces": faces}
        send(id=request["id"], **body)
    return {}


def main():
    send(v=1, event="starting")
    while (HOME / "not-yet").exists():
        time.sleep(0.01)
    send(event="ready", device="cpu")
    waiting = []
    while True:
        request = waiting.pop(0) if waiting else receive()
        do, number, last = request["do"], request.get("id"), {}
        if do == "load":
            send(id=number, loading=request["models"][0])
            last = {"models": [{"model": name_of(m), "why_uncalibrated": ""}
                               for m in request["models"]]}  # fmt: skip
            if request.get("mean"):
                last["mean"] = {"why_uncalibrated": "the models share no validation faces"}
        elif do == "predict":
            last = predict(request, waiting)
        elif do == "explain":
            last = heat(request["model"], request["head"], request["layer"])
            if request.get("save"):
                Path(request["save"]).write_bytes(b"PNG")
        elif do == "epochs":
            for epoch, step in ((2, 0), (5, 7), (5, 0)):
                send(
                    id=number,
                    epoch=epoch,
                    step=step,
                    best=epoch == 2,
                    **heat("", request["head"], request["layer"]),
                )
        elif do == "export":
            last = {"file": request["save"], "age_difference": 2e-5, "gender_difference": 1e-7,
                    "faces": 16}  # fmt: skip
        if do != "cancel":
            send(id=number, done=True, **last)


main()
