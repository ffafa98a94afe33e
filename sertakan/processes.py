"""The portal's processes and the commands that prepare it, said once.

`make run`, docker-compose.yml and the tests start the same commands.
"""

WEB = "gunicorn --config python:sertakan.webserver"
# Without gossip and heartbeats: they are messages to other workers, which on the
# broker of files nobody would ever take away.
WORKER = "celery --quiet -A sertakan worker --without-gossip --without-mingle --without-heartbeat"
BEAT = "celery --quiet -A sertakan beat --pidfile="
LONG_LIVED = {"web": WEB, "worker": WORKER, "beat": BEAT}

# Run at every start; each does nothing when there is nothing to do.
PREPARE = ("compile_texts", "migrate", "createcachetable")
# Run when the table is empty: (command, model whose rows it loads).
LOAD = (
    ("load_regions", "regions.Area"),
    ("load_tariffs", "contributions.Tariff"),
    ("load_demo", "donors.Donor"),
)
# Prints the demo's sign-ins, one per role.
SIGN_INS = "demo_signins"
