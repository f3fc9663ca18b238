"""Journeys: what people do with Botyard, on a real installation that `botyard up` started."""
