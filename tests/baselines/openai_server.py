"""A small OpenAI-compatible server over a tiny model, run as a process of its own: python openai_server.py FOLDER.

It prints its port. Model names other than "tiny" misbehave in a way that the name says.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch

from flowrl_agent.build.parts import make_codec, make_policy
from flowrl_agent.config.schema import ModelConfig
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine

KEY = "secret"
LOCK = threading.Lock()
COUNTS: dict[str, int] = {}


class Handler(BaseHTTPRequestHandler):
    engine: LocalEngine
    codec = None

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = body["model"]
        with LOCK:
            COUNTS[name] = COUNTS.get(name, 0) + 1
            count = COUNTS[name]
        if self.path != "/v1/chat/completions":
            return self.say(404, {"error": f"no route {self.path}"})
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            return self.say(401, {"error": "bad key"})
        if name.startswith("flaky") and count % 3 != 0:
            return self.say(503, {"error": "warming up"}, {"Retry-After": "0"})
        if name == "down":
            return self.say(500, {"error": "always down"})
        if name == "busy" and count == 1:
            return self.say(429, {"error": "slow down"}, {"Retry-After": "7"})
        if name == "slow":
            time.sleep(5)
        if name == "hangup":
            return self.connection.close()
        if name == "garbage":
            return self.say(200, "<html>hello</html>")
        if name == "null":
            return self.say(200, {"choices": [{"message": {"content": None}, "finish_reason": "length"}]})
        if name == "echo":
            return self.complete(json.dumps(body), "stop")
        if name not in ("tiny", "busy") and not name.startswith("flaky"):
            return self.say(404, {"error": f"no model {name}"})
        params = SamplingParams(body["max_tokens"], body["temperature"], body["top_p"], seed=body["seed"])
        with LOCK:
            ((completion,),) = self.engine.generate([self.codec.prompt(body["messages"][-1]["content"])], 1, params)
        return self.complete(completion.text, "length" if completion.stop == "length" else "stop")

    def complete(self, text, finish):
        self.say(200, {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}]})

    def say(self, status, body, headers=None):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


if __name__ == "__main__":
    torch.set_num_threads(1)
    model = ModelConfig(sys.argv[1])
    Handler.codec = make_codec(model, None)
    Handler.engine = LocalEngine.of(make_policy(model, Handler.codec, 0), Handler.codec)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
