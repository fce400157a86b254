from devices.models.device import Device
from devices.models.version import DeviceProfile, DeviceVersion

__all__ = ["Device", "DeviceProfile", "DeviceVersion"]
