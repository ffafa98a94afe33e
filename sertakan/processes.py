"""The portal's processes and the commands that prepare it, said once.

`make run`, docker-compose.yml, the Dockerfile and the tests use the same commands.
"""

WEB = "gunicorn --config python:sertakan.webserver"
# Without gossip and heartbeats: they are messages to other workers, which on the
# broker of files nobody would ever take away.
WORKER = "celery --quiet -A sertakan worker --without-gossip --without-mingle --without-heartbeat"
BEAT = "celery --quiet -A sertakan beat --pidfile="
LONG_LIVED = {"web": WEB, "worker": WORKER, "beat": BEAT}

# A container asks these whether its process does its part.
HEALTH = {name: f"python -m sertakan.probe {name}" for name in LONG_LIVED}

# Runs once before the others start.
PREPARE = "python manage.py prepare"
# What it does each time; each step does nothing when there is nothing to do.
STEPS = ("compile_texts", "migrate", "createcachetable")
# What it loads when the table is empty: (command, model whose rows it loads).
FACTS = (
    ("load_regions", "regions.Area"),
    ("load_tariffs", "contributions.Tariff"),
    ("load_reminder_plan", "contributions.ReminderStep"),
)
DEMO = (("load_demo", "donors.Donor"),)
# Prints the demo's sign-ins, one per role.
SIGN_INS = "demo_signins"
