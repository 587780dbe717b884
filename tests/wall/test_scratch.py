import os, signal, time
import pytest
from dojo.wall.transport import open_client, exchange_of, finish, start_request
from dojo.wall.failures import *
import httpx, asyncio

HEAD = "from fastapi import FastAPI\nimport os, sys, socket, signal, time, logging\napp = FastAPI()\nlog=logging.getLogger('kata.x')\n"

async def ask(host, path="/", **kw):
    async with open_client(host) as c:
        return await c.get(path, **kw)

async def test_two_hosts_nofork(open_submission):
    s = open_submission(HEAD + "print('hi')\n@app.get('/')\ndef r(): return os.getpid()\n", fork=False)
    a = await s.open(); b = await s.open()
    print((await ask(a)).text, (await ask(b)).text)
    print([e for e in b.evidence])

async def test_closed_fd(open_submission):
    s = open_submission(HEAD + "@app.get('/')\ndef r():\n  for fd in range(3,50):\n    try: socket.socket(fileno=os.dup(fd)).getpeername(); os.close(fd)\n    except OSError: pass\n  return 1\n")
    a = await s.open()
    t=time.time()
    try:
        print((await ask(a)).text)
    except SubmissionError as e: print(e, time.time()-t)
    b = await s.open(); 

async def test_surrogate(open_submission, little_patience):
    s = open_submission(HEAD + "@app.get('/')\ndef r():\n  print('\\ud800'); log.info('\\udcff'); raise ValueError('\\ud800')\n")
    a = await s.open()
    try:
        r = await ask(a); print(r.text, exchange_of(r).raised)
    except SubmissionError as e: print(e)
    print(list(a.evidence))

async def test_bad_signal(open_submission, little_patience):
    s = open_submission(HEAD + "@app.get('/')\ndef r():\n  os.kill(os.getpid(), 40)\n")
    a = await s.open()
    try:
        r = await ask(a); print(r.text, exchange_of(r).raised)
    except SubmissionError as e: print(e)

async def test_bad_location(open_submission, little_patience):
    s = open_submission(HEAD + "from fastapi.responses import RedirectResponse, Response\n@app.get('/')\ndef r():\n  return Response(status_code=307, headers={'location':'http://[::1'})\n@app.get('/b')\ndef r2(): return Response(b'abc', headers={'content-type':'text/plain; charset=hex'})")
    a = await s.open()
    for p in '/', '/b':
      try:
        r = await ask(a, p); print(r.text)
      except BaseException as e: print(repr(e))

async def test_big_body(open_submission, little_patience):
    s = open_submission(HEAD + "from fastapi import Request\n@app.post('/')\nasync def r(q: Request):\n  return [len(c) async for c in q.stream()]")
    a = await s.open()
    for n in 3,5:
      async with open_client(a) as c:
       try:
        r = await c.post('/', content=b'x'*n*2**20); print(r.text)
       except BaseException as e: print(repr(e))
