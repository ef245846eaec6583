module rollerblade.test/pause

go 1.25.0
