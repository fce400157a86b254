"""Devices and versions, to look at: they are changed on their pages, which leave events."""

from __future__ import annotations

from django.contrib import admin

from ansm_portal.admin import ReadOnlyAdmin
from devices.models import Device, DeviceVersion


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin[Device]):
    list_display = ("organisation", "name", "reference", "regulation", "device_class")
    list_filter = ("organisation", "device_class")
    list_select_related = ("organisation",)
    search_fields = ("name", "reference", "basic_udi_di")


@admin.register(DeviceVersion)
class DeviceVersionAdmin(ReadOnlyAdmin[DeviceVersion]):
    list_display = ("organisation", "device", "label", "phase", "released_on", "support_ends_on")
    list_filter = ("organisation", "phase")
    list_select_related = ("organisation", "device")
    search_fields = ("label", "device__name", "udi_di")
