"""
The routes / and /ping and /calculate as they are often written, in Flask: what gunicorn and uWSGI
serve. The checks are those of Bulkhead's programs, as far as a line does it.
"""

import ast
import ipaddress
import subprocess

from flask import Flask, Response, request

app = Flask(__name__)
PING = ["ping", "-n", "-c", "1", "-W", "2"]


def text(body, status=200):
    return Response(body, status, content_type="text/plain; charset=utf-8")


@app.get("/")
def hello():
    name = request.args.get("name", "World")
    if not (name.isalnum() and len(name) <= 256):
        return text("Invalid name\n", 400)
    return text(f"Hello, {name}!\n")


@app.get("/ping")
def ping():
    try:
        address = str(ipaddress.ip_address(request.args.get("ip", "")))
    except ValueError:
        return text("Invalid address\n", 400)
    done = subprocess.run([*PING, address], capture_output=True, text=True, check=False)
    return text(done.stdout)


@app.get("/calculate")
def calculate():
    try:
        return text(f"{ast.literal_eval(request.args.get('expr', ''))}\n")
    except (ValueError, SyntaxError):
        return text("Invalid expression\n", 400)
