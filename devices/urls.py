"""Addresses of devices and versions: ``/o/<slug>/…``. Their list is with the assessments."""

from django.urls import path

from devices.views import device, version

app_name = "devices"
urlpatterns = [
    path("devices/add/", device.DeviceAdd.as_view(), name="device-add"),
    path("devices/<uuid:pk>/", device.DeviceDetail.as_view(), name="device-detail"),
    path("devices/<uuid:pk>/edit/", device.DeviceEdit.as_view(), name="device-edit"),
    path(
        "devices/<uuid:pk>/versions/add/", version.VersionAdd.as_view(), name="device-version-add"
    ),
    path("versions/<uuid:pk>/", version.VersionDetail.as_view(), name="version-detail"),
    path("versions/<uuid:pk>/edit/", version.VersionEdit.as_view(), name="version-edit"),
    path("versions/<uuid:pk>/phase/", version.confirm, name="version-phase"),
]
