"""A page with two village pickers in one form, for the browser tests."""

from django import forms
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from regions.forms import VillageField, VillageSearchMixin
from sertakan.urls import urlpatterns as portal

TEMPLATE = """
{% extends "base.html" %}
{% block title %}Coba{% endblock title %}
{% block head %}{% include "partials/htmx.html" %}{{ formset.media }}{% endblock head %}
{% block content %}<h1>Coba</h1>
{% if sent %}<ul id="terkirim">{% for code in sent %}<li>{{ code }}</li>{% endfor %}</ul>{% endif %}
<form method="post">{% csrf_token %}{{ formset.management_form }}
{% for form in formset %}{{ form }}{% endfor %}
<button class="btn" type="submit" id="kirim">Kirim</button></form>
{% endblock content %}
"""


class Person(VillageSearchMixin, forms.Form):
    nik = forms.CharField(label="NIK")
    village = VillageField(label="Desa atau kelurahan")


Pair = formset_factory(Person, extra=2)


def page(request: HttpRequest) -> HttpResponse:
    formset = Pair(request.POST or None, prefix="pekerja")
    sent = None
    if request.POST and formset.is_valid():
        sent = [form.cleaned_data.get("village", "") for form in formset]
    template = engines["django"].from_string(TEMPLATE)
    return HttpResponse(template.render({"formset": formset, "sent": sent}, request))


urlpatterns = [path("coba", page, name="coba"), *portal]
