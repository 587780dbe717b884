"""An accident: the state of the process is changed as if it were the app's alone."""

import locale
import os
import random
import time

from fastapi import FastAPI

from .targets import acted

acted("import")
os.chdir("/")
os.environ["TZ"] = "Asia/Kolkata"
time.tzset()
os.umask(0o777)
locale.setlocale(locale.LC_ALL, "C")
random.seed(0)
random.seed = lambda *arguments: None
random.randint = lambda low, high: low
app = FastAPI()
