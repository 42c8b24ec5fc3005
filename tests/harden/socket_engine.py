"""A Docker engine's API on a real Unix socket, that answers what a test says."""

import http.server
import json
import socketserver
import threading


class Engine:
    """Answers of GET, by path: bytes, or what becomes JSON; what is not there is 404."""

    def __init__(self, folder, answers):
        self.socket = folder / "docker.sock"
        self.answers = answers
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Whatever is not a GET is 501 by itself."""

            def do_GET(self):
                outer.asked.append(self.path)
                answer = outer.answers.get(self.path)
                status = 200
                if answer is None:
                    status, answer = 404, {"message": f"No such image: {self.path}"}
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def address_string(self):
                return "unix"

            def log_message(self, format, *args):  # pylint: disable=redefined-builtin
                pass

        class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            """Threads that end with the test."""
            daemon_threads = True

        self.server = Server(str(self.socket), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def host(self):
        """Of DOCKER_HOST."""
        return f"unix://{self.socket}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
