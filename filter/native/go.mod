module envoywasmlab/native

go 1.24.0
