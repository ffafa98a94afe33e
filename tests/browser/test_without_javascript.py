"""The main job once more in a browser that runs no script."""

import pytest

from tests.browser.stage import Stage, enter_worker, pay_at_the_sandbox, sign_in
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_everything_goes_on_without_script(stage: Stage) -> None:
    donor = stage.person(script=False)
    page = donor.page

    # The price.
    donor.go("/hitung/")
    page.get_by_label("Berapa pekerja").fill("3")
    donor.press("Hitung")
    assert "554.400" in donor.text()

    # An order of one worker.
    sign_in(donor, UserFactory(name="Rina Contoh"))
    donor.go("/donatur/daftar/")
    donor.press("Lanjut")
    enter_worker(donor, "Joko Susilo", "1671041708850001", "17-08-1985", sex="Laki-laki")
    donor.click("Lihat iurannya")
    assert "184.800" in donor.text()
    page.go_back()
    donor.press("Kirim ke cabang")
    assert "Sudah kami terima" in donor.text()

    # The branch, without a key.
    officer = stage.staff("branch_officer", script=False)
    officer.go("/cabang/")
    officer.press("Ambil kasus berikutnya")
    assert "Joko Susilo" in officer.text()
    officer.page.get_by_label("Lainnya").check()
    officer.press("Setujui")
    assert "disetujui" in officer.text()

    # Paying; the page does not change by itself, so it says how to look again.
    donor.go("/donatur/tagihan/")
    donor.click("2026-0")
    donor.press("Bayar dengan QRIS")
    pay_at_the_sandbox(donor)
    donor.click("Saya sudah membayar")
    assert "Pembayaran sudah kami terima" in donor.text()
    stage.remit()
    donor.go("/donatur/pekerja/")
    assert "Terlindungi" in donor.text()

    # Stopping asks once more, without a script too.
    donor.click("Joko Susilo")
    page.get_by_text("Hentikan…").click()
    donor.press("Ya, hentikan")
    assert "Sudah dihentikan" in donor.text()

    # The Kanwil.
    admin = stage.staff("regional_admin", script=False)
    admin.go("/wilayah-kerja/?provinsi=16")
    assert "Kota Palembang" in admin.text()
