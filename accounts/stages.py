"""Steps of signing in that differ from allauth's."""

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponse


class EmailStage(EmailVerificationStage):
    """Asks for proof of the e-mail address from everyone who comes by it.

    Whoever comes by a phone that a code has proved is known already.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Return the page to show next, if any, and whether to go on."""
        user = self.login.user
        if user is not None and user.phone_verified_at and not self.login.email:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer
