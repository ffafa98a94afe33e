#!/usr/bin/env python
"""Door for the commands run by hand: `python manage.py help` lists them."""

import os
import sys

from django.core.management import execute_from_command_line

from bricks.logs import begin_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sertakan.settings")
    begin_command(" ".join(sys.argv[1:2]))
    execute_from_command_line(sys.argv)
