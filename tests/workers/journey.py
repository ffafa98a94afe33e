"""What the tests of the donor's journey share: places, answers, and a donor in a browser."""

import io
import re
from typing import Any

from django.test import Client
from PIL import Image

from accounts.models import User
from regions.models import VillageName
from tests.factories import AreaFactory, OccupationFactory, OfficeAreaFactory, UserFactory
from workers.models import Enrollment, Order

NIK = "1671011708850001"
NIK_2 = "1671015708850002"


def places() -> None:
    """Load a village that can be found by name, the office that serves it, and two jobs."""
    village = AreaFactory()
    VillageName.objects.get_or_create(
        village=village, district=village.parent, key="kemangmanis", rank=0
    )
    OfficeAreaFactory()
    OccupationFactory()
    OccupationFactory(transport=True)


def who(**changed: str) -> dict[str, str]:
    """The answers of a worker's first page."""
    return {"name": "Joko Contoh", "relation": "household", "way": "form", **changed}


def data(**changed: str) -> dict[str, str]:
    """The answers of a worker's second page."""
    return {
        "nik": "1671 0117 0885 0001",
        "birth_date": "17-08-1985",
        "sex": "L",
        "phone": "0812-3456-7890",
        "occupation": "asisten_rumah_tangga",
        "village": "1671011007",
        **changed,
    }


def photo() -> bytes:
    """A photo of a form, as small as it can be."""
    out = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(out, "JPEG")
    return out.getvalue()


def upload(name: str = "formulir.jpg", content: bytes | None = None) -> io.BytesIO:
    """A file as a browser sends it."""
    file = io.BytesIO(photo() if content is None else content)
    file.name = name
    return file


class Donor:
    """A donor before his browser."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user or UserFactory(name="Rina Contoh")
        self.client = Client()
        self.client.force_login(self.user)
        self.order_url = ""

    def start(self, **terms: str) -> "Donor":
        """Answer the first page; the browser then stands before the first worker."""
        page = self.client.get("/donatur/daftar/")
        key = str(page.context["key"])
        answer = self.client.post("/donatur/daftar/", {"key": key, "months": "12", **terms})
        assert answer.status_code == 302, answer.context["form"].errors
        self.worker_url = answer["Location"].removesuffix("siapa/")
        self.order_url = self.worker_url.partition("pekerja/")[0]
        return self

    def next_worker(self) -> None:
        """Follow "Tambah pekerja" on the overview."""
        page = self.client.get(self.order_url).content.decode()
        found = re.search(r'href="([^"]+/siapa/)">\s*<svg[^>]*>.*?plus', page, re.DOTALL)
        assert found, page
        self.worker_url = found[1].removesuffix("siapa/")

    def fill(self, first: dict[str, str] | None = None, second: Any = None) -> Any:
        """Answer the first two pages of a worker; return the last answer."""
        answer = self.client.post(self.worker_url + "siapa/", first or who())
        if answer.status_code == 302 and answer["Location"].endswith("data/"):
            answer = self.client.post(self.worker_url + "data/", second or data())
        return answer

    def prove(self, file: io.BytesIO | None = None) -> Any:
        """Upload the photo of the form."""
        return self.client.post(self.worker_url + "persetujuan/", {"photo": file or upload()})

    def send(self) -> Any:
        """Press "Kirim ke cabang"."""
        return self.client.post(self.order_url + "kirim/")

    @property
    def order(self) -> Order:
        return Order.everything.get(uuid=self.order_url.rstrip("/").rpartition("/")[2])

    @property
    def case(self) -> Enrollment:
        return Enrollment.everything.get(order=self.order)
