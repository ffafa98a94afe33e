"""Public look-ups of reference data: villages by name, areas from province down."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.http import require_safe

from bricks.fragments import is_fragment
from regions import picker, selectors
from regions.models import Area

KEPT_SECONDS = 300


@require_safe
def village_search(request: HttpRequest) -> HttpResponse:
    """Villages by name (`q`): a fragment for htmx, JSON where asked for, else a page."""
    name = picker.field_name(request.GET.get("nama", ""))
    text = request.GET.get("q") or request.GET.get(name + picker.TEXT, "")
    results = picker.find(text, code=request.GET.get(name, ""))
    if _wants_json(request):
        villages = [_as_json(village) for village in results.villages]
        return _kept(JsonResponse({"villages": villages, "has_more": results.has_more}))
    if is_fragment(request):
        context = {"name": name, "results": results, "is_fragment": True}
        return _kept(render(request, "regions/_results.html", context))
    offices = selectors.offices_of_villages([village.code for village in results.villages])
    found = [(village, offices.get(village.code)) for village in results.villages]
    return render(request, "regions/village_search.html", {"results": results, "found": found})


@require_safe
def area_children(request: HttpRequest) -> HttpResponse:
    """The areas below `kode`: the picker's lists for htmx, JSON where asked for, else a page."""
    name = picker.field_name(request.GET.get("nama", ""))
    codes = (
        [request.GET["kode"]]
        if "kode" in request.GET
        else picker.values(request.GET, name + picker.AREA)
    )
    code = picker.deepest(codes)
    if is_fragment(request):
        context = {"name": name, "cascade": picker.cascade(code)}
        return _kept(render(request, "regions/_cascade.html", context))
    path = selectors.path_of(code)
    if any(codes) and not path:
        raise Http404
    children = selectors.children_of(code)
    if _wants_json(request):
        return _kept(JsonResponse({"areas": [_as_json(area) for area in children]}))
    return render(request, "regions/area_children.html", {"path": path, "children": children})


def _as_json(area: Area) -> dict[str, Any]:
    return {"code": area.code, "name": area.name, "full_name": area.full_name}


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _kept(response: HttpResponse) -> HttpResponse:
    """Let the browser keep what it has just fetched: a slow network asks once."""
    patch_cache_control(response, private=True, max_age=KEPT_SECONDS)
    patch_vary_headers(response, ["Accept", "HX-Request", "Cookie"])
    return response
