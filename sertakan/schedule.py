"""Every clock job and every bell on one page, in clock order.

A bell is a word that a door rings after commit (`notices.bells.ring`); it starts
the named tasks at once. The clock rings the same tasks each minute, so that a lost
bell costs at most a minute. Times are Asia/Jakarta.
"""

from typing import Any

from celery.schedules import crontab

BELLS: dict[str, tuple[str, ...]] = {
    "enrollment_approved": ("contributions.tasks.follow_up_approvals",),
    "worker_event": ("contributions.tasks.follow_up_events",),
    "report_made": ("contributions.tasks.withhold_invoices",),
    "report_ruled": (
        "contributions.tasks.follow_up_approvals",
        "contributions.tasks.undo_payments",
    ),
    "case_annulled": ("contributions.tasks.end_annulled",),
    "bulk_confirmed": ("workers.tasks.run_bulk_decisions",),
    "payment_event": ("payments.tasks.process_events",),
    "payment_settled": ("contributions.tasks.allocate_payments",),
    "credit_to_spend": ("contributions.tasks.spend_credit",),
    "payment_reversed": ("contributions.tasks.undo_payments",),
    "refund_confirmed": ("payments.tasks.send_refunds",),
    "sponsorships_ruled": ("contributions.tasks.ask_anew",),
    "renewal_chunks": ("contributions.tasks.continue_renewal",),
    "coverage_renewed": ("contributions.tasks.check_renewed_books",),
    "books_asked": ("contributions.tasks.check_books_now",),
    "months_bought": ("contributions.tasks.remit_contributions",),
    "remittance_made": ("contributions.tasks.answer_remittances",),
    "tariff_changed": ("contributions.tasks.correct_prices",),
    "check_answers_applied": ("workers.tasks.follow_up_answers",),
    "certificates_asked": ("contributions.tasks.make_certificates",),
    "message_posted": ("notices.tasks.send_messages",),
    "reply_arrived": ("workers.tasks.take_replies",),
    "sponsor_wanted": ("contributions.tasks.take_waiting_replies",),
    "sandbox_delivery": ("payments.tasks.deliver_sandbox_webhooks",),
}

_EVERY_MINUTE = crontab()


def _at(hour: int, minute: int = 0, **more: Any) -> crontab:
    return crontab(hour=hour, minute=minute, **more)


# Each job by its name, with its task and its time.
_JOBS: dict[str, tuple[str, Any]] = {
    # Sweepers: what a bell should have started already.
    "deliver_sandbox_webhooks": ("payments.tasks.deliver_sandbox_webhooks", _EVERY_MINUTE),
    "process_events": ("payments.tasks.process_events", _EVERY_MINUTE),
    "poll_pending": ("payments.tasks.poll_pending", _EVERY_MINUTE),
    "cancel_stale_charges": ("payments.tasks.cancel_stale_charges", _EVERY_MINUTE),
    "send_refunds": ("payments.tasks.send_refunds", _EVERY_MINUTE),
    "follow_up_approvals": ("contributions.tasks.follow_up_approvals", _EVERY_MINUTE),
    "allocate_payments": ("contributions.tasks.allocate_payments", _EVERY_MINUTE),
    "spend_credit": ("contributions.tasks.spend_credit", _EVERY_MINUTE),
    "undo_payments": ("contributions.tasks.undo_payments", _EVERY_MINUTE),
    "follow_take_overs": ("contributions.tasks.follow_take_overs", _EVERY_MINUTE),
    "answer_remittances": ("contributions.tasks.answer_remittances", _EVERY_MINUTE),
    "withhold_invoices": ("contributions.tasks.withhold_invoices", _EVERY_MINUTE),
    "end_annulled": ("contributions.tasks.end_annulled", _EVERY_MINUTE),
    "correct_prices": ("contributions.tasks.correct_prices", _EVERY_MINUTE),
    "run_bulk_decisions": ("workers.tasks.run_bulk_decisions", _EVERY_MINUTE),
    "follow_up_answers": ("workers.tasks.follow_up_answers", _EVERY_MINUTE),
    "follow_up_events": ("contributions.tasks.follow_up_events", _EVERY_MINUTE),
    "release_idle_cases": ("workers.tasks.release_idle_cases", crontab(minute="*/5")),
    "move_cases": ("workers.tasks.move_cases", crontab(minute="2-59/5")),
    "make_certificates": ("contributions.tasks.make_certificates", _EVERY_MINUTE),
    "continue_renewal": ("contributions.tasks.continue_renewal", _EVERY_MINUTE),
    "send_messages": ("notices.tasks.send_messages", _EVERY_MINUTE),
    "take_replies": ("workers.tasks.take_replies", _EVERY_MINUTE),
    "take_waiting_replies": ("contributions.tasks.take_waiting_replies", _EVERY_MINUTE),
    "send_reminders": ("contributions.tasks.send_reminders", _EVERY_MINUTE),
    # The day.
    "end_roles": ("notices.tasks.end_roles", _at(0, 5)),
    "expire_approvals": ("contributions.tasks.expire_approvals", crontab(minute="1,31")),
    "renew_coverage": ("contributions.tasks.renew_coverage", _at(1, 10)),
    "correct_late_prices": ("contributions.tasks.correct_late_prices", _at(1, 40)),
    "lapse_sponsorships": ("contributions.tasks.lapse_sponsorships", _at(2, 10)),
    "grant_bridge_months": ("contributions.tasks.grant_bridge_months", _at(8, 20)),
    "clear_waiting_list": ("contributions.tasks.clear_waiting_list", crontab(minute="25")),
    "note_birthdays": ("workers.tasks.note_birthdays", _at(0, 20)),
    "delete_check_files": ("workers.tasks.delete_check_files", crontab(minute="5")),
    "delete_remittance_files": (
        "contributions.tasks.delete_remittance_files",
        crontab(minute="7"),
    ),
    "forget_abandoned": ("workers.tasks.forget_abandoned", _at(2, 40)),
    "take_snapshots": ("payments.tasks.take_snapshots", _at(3, 0)),
    "check_books": ("contributions.tasks.check_books", _at(3, 10)),
    "rebuild_dashboards": ("dashboards.tasks.rebuild_dashboards", crontab(minute="*/10")),
    "plan_reminders": ("contributions.tasks.plan_reminders", _at(4, 10)),
    "remit_contributions": ("contributions.tasks.remit_contributions", _at(14, 0)),
    "remit_contributions_late": ("contributions.tasks.remit_contributions", _at(17, 0)),
}

CLOCK: dict[str, dict[str, Any]] = {
    name: {"task": task, "schedule": when} for name, (task, when) in _JOBS.items()
}
