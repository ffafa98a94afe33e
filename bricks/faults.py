"""What can be wrong with one row of many without being wrong with the whole run."""

from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from bricks.secrets import CannotOpen

#: A job logs one of these, leaves the row for the next run and goes on with the others;
#: a lack of memory or a call to stop still ends the run.
ROW_FAULTS = (
    DatabaseError,
    ObjectDoesNotExist,
    CannotOpen,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
