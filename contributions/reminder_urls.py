from django.urls import path

from contributions.views import reminders

urlpatterns = [
    path("pengingat/rencana/", reminders.reminder_plan, name="reminder_plan"),
    path("pengingat/rencana/<int:pk>/", reminders.reminder_step, name="reminder_step"),
    path("pengingat/surat/<uuid:uuid>/", reminders.reminder_letter, name="reminder_letter"),
    path("donatur/pengingat/", reminders.reminders_told, name="reminders_told"),
    path("cabang/tahap/", reminders.stages, name="stages"),
    path("cabang/tahap/<uuid:uuid>/", reminders.stage_release, name="stage_release"),
]
