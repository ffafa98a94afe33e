"""The API's doors to sponsorships and to the branch's look-up."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from bricks import clock
from bricks.api import REFUSALS, ErrorSerializer, NewestFirst
from contributions import selectors
from contributions.models import Sponsorship
from contributions.serializers import (
    CoverageAnswerSerializer,
    CoverageQuestionSerializer,
    SponsorshipSerializer,
)
from contributions.services import looking_up
from donors.selectors import donors_of


class SponsorshipList(GenericAPIView[Sponsorship]):
    """Sponsorships of the caller's own donors; a member of staff has none."""

    serializer_class = SponsorshipSerializer
    pagination_class = NewestFirst
    throttle_scope = "lists"

    @extend_schema(
        summary="Own sponsorships",
        description="The sponsorships of the caller's own donors, newest first, with cover.",
        responses={200: SponsorshipSerializer(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        user: Any = request.user
        today = clock.jakarta_date(clock.now())
        own = selectors.sponsorships_of(user).filter(donor__in=donors_of(user))
        page = self.paginate_queryset(own) or []
        rows = selectors.with_cover(page, today=today)
        return self.get_paginated_response(SponsorshipSerializer(rows, many=True).data)


class BranchOnly(BasePermission):
    """Lets branch officers and their supervisors in."""

    code = "branch_only"
    message = _("Hanya petugas cabang yang boleh bertanya di sini.")

    def has_permission(self, request: Request, view: Any) -> bool:
        user: Any = request.user
        return bool(user.is_branch)


class CoverageCheck(GenericAPIView[Sponsorship]):
    """Was the worker with this NIK covered on this day? Own branch only; each look is logged."""

    serializer_class = CoverageQuestionSerializer
    permission_classes = [IsAuthenticated, BranchOnly]
    pagination_class = None
    throttle_scope = "coverage-check"

    @extend_schema(
        summary="Was this worker covered on this day?",
        description=(
            "For a branch officer's token, about workers of the own branch. A NIK that is "
            "unknown and one of another branch are answered alike, with 404. Where paid months "
            "wait for acceptance, in arrears, and where an accident or a death is reported, "
            '`covered` is "branch_decides".'
        ),
        request=CoverageQuestionSerializer,
        responses={
            200: CoverageAnswerSerializer,
            400: ErrorSerializer,
            404: ErrorSerializer,
            **REFUSALS,
        },
    )
    def post(self, request: Request) -> Response:
        now = clock.now()
        context = {"today": clock.jakarta_date(now)}
        question = CoverageQuestionSerializer(data=request.data, context=context)
        question.is_valid(raise_exception=True)
        nik, day = question.validated_data["nik"], question.validated_data["date"]
        viewer: Any = request.user
        try:
            answer = looking_up.look_up_cover(viewer=viewer, nik=nik, day=day, now=now)
        except looking_up.NothingFound as error:
            sentence = _("Tidak ada pekerja dengan NIK ini di wilayah cabang Anda.")
            raise NotFound(sentence, code="nothing_found") from error
        return Response(CoverageAnswerSerializer(answer, context={"day": day}).data)
