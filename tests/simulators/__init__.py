"""Stand-ins for outside services, served over real HTTP and as strict as the services they stand for."""
