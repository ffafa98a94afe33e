"""The default: no registry is connected, nobody is asked, and every page says so."""

from workers.registry_lookup.protocol import Question, RegistryUnavailable, Said


class NotConnected:
    """Claims nothing about any NIK."""

    name = "not_connected"
    is_connected = False

    def look_up(self, question: Question) -> Said:
        raise RegistryUnavailable(self.name)
