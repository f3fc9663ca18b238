module botyard.dev/cluster/stand_in

go 1.26.0
