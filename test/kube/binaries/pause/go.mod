module mcphub-cluster.test/pause

go 1.26.0
