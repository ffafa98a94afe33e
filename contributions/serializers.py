"""Sponsorships and cover as the API shows them, and the question a branch may ask."""

import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from contributions.models import Sponsorship
from contributions.services import looking_up
from workers import nik as niks

#: BPJS Ketenagakerjaan serves since this day; no cover is older.
FIRST_DAY = datetime.date(2015, 7, 1)
COVER_KINDS = (
    "never",
    "awaiting_payment",
    "awaiting_acceptance",
    "starts_later",
    "covered",
    "arrears",
    "ended",
    "reported",
)
LOOK_UP_SENTENCES = {
    "covered": gettext_lazy("Perlindungan berlaku pada tanggal ini."),
    "awaiting_acceptance": gettext_lazy(
        "Iuran tanggal ini sudah dibayar, menunggu pengesahan. Cabang yang memutuskan."
    ),
    "arrears": gettext_lazy("Tanggal ini masa tunggakan. Cabang yang memutuskan."),
    "reported": gettext_lazy("Belum dapat dipastikan di sini. Cabang yang memutuskan."),
    "ended": gettext_lazy("Perlindungan yang tercatat berakhir sebelum tanggal ini."),
    "never": gettext_lazy("Portal tidak mencatat perlindungan untuk tanggal ini."),
}


class CoverSerializer(serializers.Serializer[Any]):
    """Where the worker stands today. Days are inclusive; `awaiting_acceptance` is paid and
    not yet protection; of `reported` the branch decides."""

    status = serializers.ChoiceField(source="kind", choices=COVER_KINDS)
    covered_from = serializers.DateField(allow_null=True)
    covered_until = serializers.DateField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    jkm_full_from = serializers.DateField(allow_null=True)
    paid_until = serializers.DateField(allow_null=True)
    arrears = serializers.IntegerField(help_text="unpaid months begun, 0 to 3")


class SponsoredWorkerSerializer(serializers.Serializer[Any]):
    """The worker; of the NIK only the last four digits."""

    name = serializers.CharField()
    nik = serializers.SerializerMethodField()
    village = serializers.CharField(source="village.full_name")
    occupation = serializers.CharField(source="occupation.code")

    def get_nik(self, worker: Any) -> str:
        return niks.mask(worker.nik)


class SponsorshipSerializer(serializers.Serializer[Any]):
    """A sponsorship of the caller's own donor, with the cover of its worker."""

    id = serializers.UUIDField(source="sponsorship.uuid")
    status = serializers.ChoiceField(
        source="sponsorship.status", choices=Sponsorship.Status.choices
    )
    donor = serializers.CharField(source="sponsorship.donor.name")
    programme = serializers.CharField(source="sponsorship.programme.name")
    worker = SponsoredWorkerSerializer(source="sponsorship.worker")
    cover = CoverSerializer()
    months = serializers.IntegerField(source="sponsorship.months")
    renews = serializers.BooleanField(source="sponsorship.renews")
    created_at = serializers.DateTimeField(source="sponsorship.created_at")
    ended_at = serializers.DateTimeField(source="sponsorship.ended_at", allow_null=True)
    end_reason = serializers.ChoiceField(
        source="sponsorship.end_reason", choices=Sponsorship.EndReason.choices
    )


class _Text(serializers.CharField):
    """A text that was sent as one: a number would already have lost its digits (trap 14)."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(_("Kirim NIK sebagai teks, bukan sebagai angka."))
        return super().to_internal_value(data)


class CoverageQuestionSerializer(serializers.Serializer[Any]):
    """The NIK stands in the body alone; `today` comes with the context."""

    nik = _Text(max_length=40, write_only=True, help_text="16 digits, as a text")
    date = serializers.DateField(help_text="the day asked for, not after today")

    def validate_nik(self, value: str) -> str:
        try:
            niks.parse(value, registered_on=self.context["today"])
            return niks.clean(value)
        except niks.MalformedNik as error:
            raise serializers.ValidationError(str(error)) from error

    def validate_date(self, value: datetime.date) -> datetime.date:
        if value > self.context["today"]:
            raise serializers.ValidationError(_("Tanggal ini belum tiba."))
        if value < FIRST_DAY:
            raise serializers.ValidationError(
                _("Tanggal ini sebelum 1 Juli 2015. Periksa lagi tahunnya.")
            )
        return value


class CoverageAnswerSerializer(serializers.Serializer[Any]):
    """What the portal knows of that day. `covered` is true, false or "branch_decides"."""

    covered = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=list(LOOK_UP_SENTENCES))
    message = serializers.SerializerMethodField()
    date = serializers.SerializerMethodField()
    covered_from = serializers.DateField(allow_null=True)
    covered_until = serializers.DateField(allow_null=True)
    since = serializers.DateTimeField(
        allow_null=True, help_text="the minute at which cover begins on that very day"
    )

    @extend_schema_field(
        {"oneOf": [{"type": "boolean"}, {"type": "string", "enum": [looking_up.BRANCH_DECIDES]}]}
    )
    def get_covered(self, answer: looking_up.LookedUp) -> bool | str:
        if answer.verdict == looking_up.BRANCH_DECIDES:
            return answer.verdict
        return answer.verdict == looking_up.COVERED

    @extend_schema_field(OpenApiTypes.STR)
    def get_message(self, answer: looking_up.LookedUp) -> str:
        return str(LOOK_UP_SENTENCES[answer.status])

    @extend_schema_field(OpenApiTypes.DATE)
    def get_date(self, answer: looking_up.LookedUp) -> str:
        return self.context["day"].isoformat()
