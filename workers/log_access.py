"""Who may read the two logs: supervisors, auditors, head office; everyone else 403."""

from accounts.access import roles_only
from workers.log_selectors import READERS

log_readers = roles_only(*READERS)
